// Signature: the arguments and results of a program, where layers may share theirs.
//
//   const std::vector<LayerStack> stacks = find_layer_stacks(graph, specs, bound_weights);
//   const Signature signature(graph, stacks);
//   signature.arguments()[1];   // "model.layers.*.mlp.up_proj.weight", f32[30,1536,576], of 30 parameters
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "easydel/sharding.h"
#include "graph/graph.h"

namespace easydel::pjrt {

/// Parameters of one kind, shape and spec that differ by their layer's number: one argument, [members, dims of one].
struct LayerStack {
  std::string name;                  ///< any_layer() of the members' names
  std::vector<std::string> members;  ///< by rising number; of weights also those that the graph does not use
};

/// Weights and states in the order of their first members. `weights` are all that may be bound: each program of a model
/// has the same stacks, also one that needs a part of their members. A state is stacked if an output takes it over.
std::vector<LayerStack> find_layer_stacks(const Graph& graph,
                                          const std::map<std::string, PartitionSpec, std::less<>>& specs,
                                          const std::map<std::string, Shape, std::less<>>& weights);

/// [rows, dims of one].
Shape stacked_shape(const Shape& one, int64_t rows);
/// The dims behind the first.
Shape row_shape(const Shape& stack);
/// How a stack lies whose members lie as `member` says: every device holds a part of each, none whole layers.
PartitionSpec stacked_spec(const PartitionSpec& member);

struct Argument {
  std::string name;
  Shape shape;
  ParameterKind kind = ParameterKind::kInput;
  std::vector<std::string> members;  ///< names of parameters: its own, or those that are stacked

  bool is_stack() const { return members.size() > 1; }
};

struct Result {
  std::string name;
  Shape shape;
  std::vector<size_t> outputs;  ///< indices in Graph::outputs(), in the order of the argument's members
  int argument = -1;            ///< whose storage it takes over; -1 for a fresh buffer
};

/// Which row of which argument a parameter is.
struct StackRow {
  size_t argument = 0;
  int64_t row = 0;
  int64_t layer = 0;
};

class Signature {
 public:
  Signature(const Graph& graph, std::span<const LayerStack> stacks);

  const std::vector<Argument>& arguments() const { return arguments_; }
  const std::vector<Result>& results() const { return results_; }
  /// Null for a value that is no parameter of a stack.
  const StackRow* row(ValueId value) const {
    const auto found = rows_.find(value);
    return found == rows_.end() ? nullptr : &found->second;
  }
  const std::map<ValueId, StackRow>& rows() const { return rows_; }

 private:
  void add_arguments(const Graph& graph, std::span<const LayerStack> stacks);
  void add_results(const Graph& graph);

  std::vector<Argument> arguments_;
  std::vector<Result> results_;
  std::map<ValueId, StackRow> rows_;
};

}  // namespace easydel::pjrt
