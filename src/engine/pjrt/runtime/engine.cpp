// The PJRT engine: graphs as StableHLO text, compiled and run by a plugin.
#include <algorithm>
#include <future>
#include <map>
#include <mutex>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/pjrt/emit/emit.h"
#include "engine/pjrt/pjrt.h"
#include "engine/pjrt/runtime/native_kernels.h"
#include "engine/pjrt/runtime/program.h"
#include "graph/passes.h"

namespace easydel {
namespace pjrt {
namespace {

class PjrtEngine final : public Engine {
 public:
  PjrtEngine(std::shared_ptr<const Client> client, const EngineConfig& config)
      : client_(std::move(client)),
        has_loops_(config.layers == LayerLayout::kLoop ||
                   (config.layers == LayerLayout::kAuto && client_->platform() != "cpu")),
        precision_(config.precision),
        name_("pjrt:" + client_->plugin().found().name),
        store_(default_program_store()),
        stacks_(std::make_shared<Stacks>(client_)),
        profile_(std::make_shared<ProfileLog>()) {
    if (config.native_kernels && client_->platform() == "cpu")
      native_kernels_ = NativeKernels::create(client_->plugin(), config.threads);
  }

  std::string_view name() const override { return name_; }
  std::string description() const override {
    return fmt::format("PJRT plugin {} ({}), {} device{} ({})", client_->plugin().found().name,
                       client_->platform(), device_count(), device_count() == 1 ? "" : "s",
                       client_->device_kind());
  }
  /// A CPU computes in f32 whatever the weights are; an accelerator has units for the weights' own dtype.
  DType activation_dtype(DType weights) const override {
    const bool half = weights == DType::kBF16 || weights == DType::kF16;
    return half && client_->platform() != "cpu" ? weights : DType::kF32;
  }
  int64_t device_count() const override { return client_->device_count(); }
  bool prefers_buckets() const override { return true; }

  void prepare(Graph graph, const CompileOptions& options) override {
    client_->check_mesh(options.mesh);
    Module module = emit(std::move(graph), options);
    const std::lock_guard lock(prepared_mutex_);
    if (prepared_.contains(module.text)) return;
    // A store of its own: stores are not for several threads.
    auto work = [client = client_, text = module.text, fields = std::move(module.fields),
                 store = store_]() mutable { return LoadedExecutable::compile(client, text, fields, store); };
    prepared_.emplace(std::move(module.text), std::async(std::launch::async, std::move(work)));
  }

  std::unique_ptr<Executable> compile(Graph graph, const CompileOptions& options) override {
    client_->check_mesh(options.mesh);
    Module module = emit(std::move(graph), options);
    return std::make_unique<Program>(module.graph, module.signature, options, client_, load(module), stacks_,
                                     profile_);
  }

  Buffer upload(const HostTensor& tensor) override { return pjrt::upload(client_, tensor, NamedSharding()); }
  Buffer upload(const HostTensor& tensor, const NamedSharding& sharding) override {
    return pjrt::upload(client_, tensor, sharding);
  }
  Buffer zeros(const Shape& shape) override { return zeros(shape, NamedSharding()); }
  Buffer zeros(const Shape& shape, const NamedSharding& sharding) override {
    return pjrt::zeros(client_, shape, sharding);
  }
  HostTensor download(const Buffer& buffer) override {
    const DeviceStorage& storage = device_storage(buffer, "buffer");
    return pjrt::download(*client_, *stacks_->alone(storage, buffer.shape()), storage.sharding(),
                          buffer.shape());
  }

  void set_profiling(bool on) override {
    const std::lock_guard lock(profile_->mutex);
    profile_->on = on;
    profile_->rows.clear();
  }
  std::vector<OpProfile> profile() const override {
    const std::lock_guard lock(profile_->mutex);
    std::vector<OpProfile> rows;
    for (const auto& [title, row] : profile_->rows) rows.push_back(row);
    std::sort(rows.begin(), rows.end(),
              [](const OpProfile& a, const OpProfile& b) { return a.seconds > b.seconds; });
    return rows;
  }

 private:
  /// A graph as the plugin takes it.
  struct Module {
    Graph graph;
    Signature signature;
    std::string text;
    CompileOptionsFields fields;
  };

  Module emit(Graph graph, const CompileOptions& options) const {
    if (options.decompose_composites) graph = decompose(graph, [](const Node& /*node*/) { return false; });
    if (options.optimize) graph = eliminate_dead_code(merge_common_subexpressions(graph));
    CompileOptionsFields fields{.device_ids = {}, .overrides = {}};
    if (client_->platform() == "cpu") {
      // By default maximum and minimum may lose a NaN, and roundings to half floats may be left out.
      fields.overrides["xla_cpu_enable_fast_min_max"] = false;
      fields.overrides["xla_allow_excess_precision"] = false;
    }
    for (int64_t device = 0; device < options.mesh.device_count(); ++device)
      fields.device_ids.push_back(client_->device_id(device));
    const EmitOptions emit = emit_options(graph, options);
    std::string text = emit_stablehlo(graph, emit);
    Signature signature(graph, emit.stacks);
    return {std::move(graph), std::move(signature), std::move(text), std::move(fields)};
  }

  /// What prepare() began, or else compiled now.
  LoadedExecutable load(const Module& module) {
    std::future<LoadedExecutable> begun;
    {
      const std::lock_guard lock(prepared_mutex_);
      if (const auto found = prepared_.find(module.text); found != prepared_.end()) {
        begun = std::move(found->second);
        prepared_.erase(found);
      }
    }
    if (begun.valid()) return begun.get();
    return LoadedExecutable::compile(client_, module.text, module.fields, store_);
  }

  EmitOptions emit_options(const Graph& graph, const CompileOptions& options) const {
    EmitOptions emit{.mesh = options.mesh,
                     .parameter_specs = {},
                     .output_specs = {},
                     .stacks = {},
                     .host_kernels = nullptr,
                     .precision = precision_};
    const auto copy = [&](const std::string& name, auto& target) {
      const auto found = options.shardings.find(name);
      if (found != options.shardings.end()) target.insert(*found);
    };
    for (const Parameter& parameter : graph.parameters()) copy(parameter.name, emit.parameter_specs);
    for (const Output& output : graph.outputs())
      if (output.aliased_parameter < 0) copy(output.name, emit.output_specs);
    if (has_loops_) {
      std::map<std::string, Shape, std::less<>> weights = options.weight_shapes;
      for (const auto& [name, buffer] : options.bindings) weights.emplace(name, buffer.shape());
      emit.stacks = find_layer_stacks(graph, options.shardings, weights);
    }
    // XLA cannot partition a call, and would copy a layer's rows out of a stack for it.
    if (options.mesh.device_count() == 1 && emit.stacks.empty() && !options.decompose_composites)
      emit.host_kernels = native_kernels_.get();
    return emit;
  }

  std::shared_ptr<const Client> client_;
  bool has_loops_;  // layers that repeat are one loop over stacked weights
  Precision precision_;
  std::string name_;
  std::unique_ptr<NativeKernels> native_kernels_;  // null: XLA computes everything itself
  ProgramStore store_;
  std::shared_ptr<Stacks> stacks_;
  std::shared_ptr<ProfileLog> profile_;
  std::mutex prepared_mutex_;
  std::map<std::string, std::future<LoadedExecutable>> prepared_;  // by text; last, so that it ends first
};

}  // namespace
}  // namespace pjrt

std::shared_ptr<Engine> make_pjrt_engine(std::string_view plugin, const EngineConfig& config) {
  const pjrt::Plugin& loaded = pjrt::Plugin::load(pjrt::find_plugin(plugin));
  return std::make_shared<pjrt::PjrtEngine>(pjrt::Client::create(loaded, config), config);
}

}  // namespace easydel
