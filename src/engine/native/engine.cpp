#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/engine.h"
#include "engine/native/program.h"
#include "engine/native/storage.h"
#include "graph/passes.h"

namespace easydel {
namespace native {
namespace {

class NativeEngine final : public Engine {
 public:
  explicit NativeEngine(const NativeEngineOptions& options)
      : isa_(std::min(options.isa, detected_isa())),
        workspace_(std::make_shared<Workspace>(options.threads)) {}

  std::string_view name() const override { return "native"; }
  std::string description() const override {
    const int threads = workspace_->pool.threads();
    return fmt::format("native CPU engine, {}, {} thread{}", to_string(isa_), threads,
                       threads == 1 ? "" : "s");
  }
  /// Activations stay in f32: they are small beside the weights, and kernels accumulate in f32 anyway.
  DType activation_dtype(DType /*weights*/) const override { return DType::kF32; }

  std::unique_ptr<Executable> compile(Graph graph, const CompileOptions& options) override {
    check_mesh(options.mesh);
    const auto keep = [&](const Node& node) {
      return !options.decompose_composites && lowering_table().find(*node.op) != nullptr;
    };
    graph = easydel::decompose(graph, keep);
    if (options.optimize) {
      graph = merge_common_subexpressions(graph);
      graph = fold_constants(graph, [this](const Node& node, std::span<const HostTensor> operands) {
        return evaluate(node, operands);
      });
      graph = eliminate_dead_code(graph);
    }
    return std::make_unique<Program>(std::move(graph), options.bindings, isa_, workspace_);
  }

  Buffer upload(const HostTensor& tensor) override { return make_buffer(tensor); }
  bool is_in_host_memory() const override { return true; }
  Buffer zeros(const Shape& shape) override { return make_buffer(HostTensor::zeros(shape)); }
  HostTensor download(const Buffer& buffer) override { return host_tensor(buffer, "buffer"); }
  Buffer upload(const HostTensor& tensor, const NamedSharding& sharding) override {
    check_mesh(sharding.mesh());
    return upload(tensor);
  }
  Buffer zeros(const Shape& shape, const NamedSharding& sharding) override {
    check_mesh(sharding.mesh());
    return zeros(shape);
  }

  void set_profiling(bool on) override {
    const std::lock_guard lock(workspace_->run_mutex);
    workspace_->profiling = on;
    workspace_->profile.clear();
  }
  std::vector<OpProfile> profile() const override {
    const std::lock_guard lock(workspace_->run_mutex);
    std::vector<OpProfile> rows;
    for (const auto& [op, row] : workspace_->profile) rows.push_back(row);
    std::sort(rows.begin(), rows.end(),
              [](const OpProfile& a, const OpProfile& b) { return a.seconds > b.seconds; });
    return rows;
  }

 private:
  void check_mesh(const Mesh& mesh) const { require_devices(name(), device_count(), mesh.device_count()); }

  std::vector<HostTensor> evaluate(const Node& node, std::span<const HostTensor> operands) {
    Graph graph;
    std::vector<Value> values;
    for (const HostTensor& operand : operands) values.push_back(graph.constant(operand));
    const std::vector<Value> results = graph.add_multi(*node.op, values, node.attributes);
    for (size_t index = 0; index < results.size(); ++index)
      graph.set_output(std::to_string(index), results[index]);
    std::vector<HostTensor> literals;
    for (const Buffer& buffer : compile(std::move(graph), {.optimize = false})->run({}))
      literals.push_back(download(buffer));
    return literals;
  }

  Isa isa_;
  std::shared_ptr<Workspace> workspace_;
};

}  // namespace
}  // namespace native

std::unique_ptr<Engine> make_native_engine(const NativeEngineOptions& options) {
  if (options.threads < 0 || options.threads > 1024)
    throw Error(
        ErrorCode::kInvalidArgument, "threads",
        fmt::format("{} is not a thread count; use 1 to 1024, or 0 for one per core", options.threads));
  return std::make_unique<native::NativeEngine>(options);
}

}  // namespace easydel
