// Program: a graph compiled for the native engine: steps over buffers whose places were planned beforehand.
#pragma once

#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/native/lower/lowering.h"

namespace easydel::native {

/// Scratch memory that all programs of an engine share: runs take turns on the engine's pool anyway.
struct Workspace {
  explicit Workspace(int threads) : pool(threads) {}

  std::mutex run_mutex;
  ThreadPool pool;
  HostTensor arena;
  bool profiling = false;
  std::map<std::string_view, OpProfile> profile;  // by op name

  /// Grows the arena to at least `bytes`; returns its start.
  std::byte* reserve(size_t bytes);
};

/// Where a value's bytes come from.
struct BufferPlace {
  enum class Kind : uint8_t {
    kFixed,     ///< a constant or a bound weight
    kArgument,  ///< an argument of the run, by position
    kOutput,    ///< a fresh output, by position
    kArena,     ///< an interval of the arena
  };
  Kind kind = Kind::kArena;
  size_t index = 0;  ///< position or, for kFixed and kArena, index of the buffer
};

class Program final : public Executable {
 public:
  /// `graph` holds only ops with a lowering. `weights` has a value for every kWeight parameter.
  Program(Graph graph, const std::map<std::string, Buffer, std::less<>>& weights, Isa isa,
          std::shared_ptr<Workspace> workspace);

  std::vector<Buffer> run(std::span<const Buffer> arguments) override;
  MemoryReport memory() const override { return report_; }
  const Graph& graph() const { return graph_; }

 private:
  class Builder;

  struct StepRecord {
    Step step;
    std::string_view op;
    size_t first_input, input_count, first_output, output_count;  // ranges of tensors_
    size_t scratch_offset;
  };
  /// Bytes copied after the last step: an output that is also an input, a weight, or another output.
  struct FinalCopy {
    size_t source, target;  // indices of tensors_
  };
  /// A tensor whose address is known only when the program runs.
  struct Patch {
    size_t tensor;
    BufferPlace::Kind kind;
    size_t index;   // position for kArgument and kOutput
    size_t offset;  // in the arena
  };

  StepContext context(const StepRecord& record, std::byte* arena) const;
  void run_profiled(const StepRecord& record, const StepContext& context);
  void check_arguments(std::span<const Buffer> arguments) const;

  Graph graph_;
  std::shared_ptr<Workspace> workspace_;
  std::vector<const Parameter*> arguments_;  // the unbound parameters, in order
  std::vector<HostTensor> fixed_;            // keeps constants and weights alive
  std::vector<Tensor> tensors_;
  std::vector<Patch> patches_;
  std::vector<StepRecord> steps_;
  std::vector<FinalCopy> final_copies_;
  std::vector<int> output_argument_;  // per output: the argument whose storage it takes over, or -1
  MemoryReport report_;
};

}  // namespace easydel::native
