// GraphWriter: writes the nodes of a graph as operations of one function, loops of layers as while operations.
//
//   GraphWriter writer(graph, signature, find_layer_loops(graph, signature), {mesh});
//   writer.write();
//   writer.text();      // the function's body
//   writer.results();   // what it returns
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/pjrt/emit/emission.h"
#include "engine/pjrt/emit/host_kernels.h"
#include "engine/pjrt/emit/layer_loops.h"
#include "engine/pjrt/emit/signature.h"

namespace easydel::pjrt {

/// What holds for every op of a program.
struct WriteOptions {
  const Mesh& mesh;
  Precision precision = Precision::kHighest;  ///< of products of f32
  HostKernels* host_kernels = nullptr;        ///< none: XLA computes everything itself
};

class GraphWriter {
 public:
  GraphWriter(const Graph& graph, const Signature& signature, const std::vector<LayerLoop>& loops,
              const WriteOptions& options);

  /// Throws Error(kUnsupported) naming an op without an emission.
  void write();
  const std::string& text() const { return writer_.text(); }
  /// In the order of Signature::results().
  const Operands& results() const { return results_; }

 private:
  /// A loop's body while it is written.
  struct Body;

  /// The value, written first where it is not yet.
  Operand at(ValueId value);
  void write_node(int32_t index);
  Operands write_op(const Node& node, const Operands& operands);
  Operand write_result(const Result& result);

  void write_loop(const LayerLoop& loop);
  void write_body_node(Body& body, const LoopNode& node);
  Operand operand_of(Body& body, const LoopSource& source);
  Operand invariant(Body& body, ValueId value);
  Operand row_index(Body& body, const LoopMember& member);
  /// Whether a loop's body makes this invariant itself instead of taking it from outside.
  bool is_made_inside(ValueId value) const;
  std::vector<ValueId> held_invariants(const LayerLoop& loop) const;
  std::vector<bool> nodes_outside() const;

  Operand row_constant(int64_t row);
  Operand read_row(const Operand& stack, const Operand& row);
  /// `starts` are of `update` within the row; none for a whole row.
  Operand write_row(const Operand& stack, const Operand& update, const Operand& row, Operands starts);

  const Graph& graph_;
  const Signature& signature_;
  const std::vector<LayerLoop>& loops_;
  WriteOptions options_;
  FunctionWriter writer_;
  std::map<ValueId, Operand> values_;
  std::map<int32_t, const LayerLoop*> loop_of_;  // by node
  std::set<const LayerLoop*> written_loops_;
  std::vector<bool> constant_;           // nodes that depend on no parameter
  std::map<ValueId, ValueId> state_of_;  // the row of a stack that a value takes over
  std::vector<Operand> arguments_;
  std::vector<Operand> newest_;  // the arguments, of stacked states with what was written
  std::set<std::pair<size_t, int64_t>> written_rows_;  // of newest_
  Operands results_;
};

}  // namespace easydel::pjrt
