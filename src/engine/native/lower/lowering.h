// Lowering: how the native engine runs one op. One file per op family, with the same stem as in graph/ops.
//
//   void register_elementwise(LoweringTable& table) {
//     table.add(kAddOp, {.lower = lower_add, .storage = OutputStorage::kAnyOperand});
//   }
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <unordered_map>

#include "base/cpu_features.h"
#include "base/thread_pool.h"
#include "graph/graph.h"

namespace easydel::native {

/// An operand or a result while a step runs; contiguous, row-major, 64-byte aligned unless it is a mapped
/// weight.
struct Tensor {
  const Shape* shape = nullptr;
  std::byte* data = nullptr;

  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(data);
  }
};

struct StepContext {
  std::span<const Tensor> inputs;
  std::span<const Tensor> outputs;
  std::byte* scratch;  ///< Step::scratch_bytes, 64-byte aligned, uninitialized
  ThreadPool& pool;
};

/// One compiled node.
struct Step {
  std::function<void(const StepContext&)> run;
  size_t scratch_bytes = 0;
};

/// What a lowering may look at while compiling.
struct LowerCall {
  const Node& node;
  std::span<const Shape> inputs;
  Isa isa;      ///< the instruction set whose kernels to use
  int threads;  ///< workers of the pool that will run the step

  const Shape& output(size_t index = 0) const { return node.outputs[index]; }
  const Attributes& attributes() const { return node.attributes; }
};

/// Where output 0 may live.
enum class OutputStorage : uint8_t {
  kFresh,         ///< storage of its own: the step reads operands after it starts writing
  kAnyOperand,    ///< may take over a dying operand of equal byte size: element i depends only on elements i
  kFirstOperand,  ///< takes over operand 0 when that dies, else the executor copies operand 0 there first
  kAlias,         ///< is operand 0's bytes under another shape; no step runs
};

struct Lowering {
  Step (*lower)(const LowerCall& call) = nullptr;
  OutputStorage storage = OutputStorage::kFresh;
};

class LoweringTable {
 public:
  void add(const OpInfo& op, const Lowering& lowering) { rows_.emplace(&op, lowering); }
  /// Null when the op has no direct lowering (a composite then runs through its decomposition).
  const Lowering* find(const OpInfo& op) const {
    const auto row = rows_.find(&op);
    return row == rows_.end() ? nullptr : &row->second;
  }

 private:
  std::unordered_map<const OpInfo*, Lowering> rows_;
};

/// The table of every family, made once.
const LoweringTable& lowering_table();

}  // namespace easydel::native
