// Graph: the traced program of one forward pass: nodes in topological order, parameters, outputs.
//
//   Graph graph;
//   Value x = graph.parameter("x", Shape(DType::kF32, {2, 4}));
//   graph.set_output("y", tanh(x) * 2.0f);
//   std::cout << graph.to_string();
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/host_tensor.h"
#include "easydel/shape.h"
#include "graph/attributes.h"
#include "graph/op.h"

namespace easydel {

class Graph;

/// Which result of which node.
struct ValueId {
  int32_t node = -1;
  int32_t output = 0;
  friend auto operator<=>(const ValueId&, const ValueId&) = default;
};

/// A value of a graph that is being traced. Cheap to copy; valid as long as its graph.
struct Value {
  Graph* owner = nullptr;
  ValueId id;

  Graph& graph() const { return *owner; }
  const Shape& shape() const;
  DType dtype() const { return shape().dtype(); }
  int rank() const { return shape().rank(); }
  int64_t dim(int axis) const { return shape().dim(axis); }
  /// False for a default-constructed Value: an absent optional operand.
  explicit operator bool() const { return owner != nullptr; }
};

/// What a parameter stands for; engines bind weights once and take inputs on every run.
enum class ParameterKind : uint8_t {
  kInput,   ///< given on each run
  kWeight,  ///< bound when the program is compiled
  kState,   ///< given on each run and updated in place: a cache (see Graph::alias)
};

struct Node {
  const OpInfo* op = nullptr;
  std::vector<ValueId> inputs;
  Attributes attributes;
  std::vector<Shape> outputs;
  HostTensor literal;  ///< the value of a constant
  std::string name;    ///< the name of a parameter
};

struct Parameter {
  std::string name;
  ParameterKind kind = ParameterKind::kInput;
  ValueId value;
};

struct Output {
  std::string name;
  ValueId value;
  /// Index of the kState parameter whose storage this output takes over; -1 for a fresh buffer.
  int aliased_parameter = -1;
};

class Graph {
 public:
  Graph() = default;
  Graph(Graph&&) = default;
  Graph& operator=(Graph&&) = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// The parameter of that name, made on first use; later calls must ask for the same shape and kind, so that
  /// layers which share a weight (tied embeddings) share one parameter.
  Value parameter(std::string_view name, const Shape& shape, ParameterKind kind = ParameterKind::kInput);

  /// A constant; `literal` keeps its bytes.
  Value constant(HostTensor literal);

  /// Appends a node and infers its shapes. Every operand must belong to this graph.
  std::vector<Value> add_multi(const OpInfo& op, std::span<const Value> inputs, Attributes attributes = {});
  /// As add_multi(), for ops with one result.
  Value add(const OpInfo& op, std::initializer_list<Value> inputs, Attributes attributes = {});
  Value add(const OpInfo& op, std::span<const Value> inputs, Attributes attributes = {});

  /// Declares a result of the program; names are unique.
  void set_output(std::string_view name, Value value);
  /// Declares a result that takes over the storage of the kState parameter `state` (same shape): an updated
  /// cache.
  void set_output_alias(std::string_view name, Value value, std::string_view state);

  const Node& node(ValueId id) const { return nodes_[static_cast<size_t>(id.node)]; }
  const Node& node(int32_t index) const { return nodes_[static_cast<size_t>(index)]; }
  int32_t node_count() const { return static_cast<int32_t>(nodes_.size()); }
  const Shape& shape(ValueId id) const { return node(id).outputs[static_cast<size_t>(id.output)]; }
  std::span<const Parameter> parameters() const { return parameters_; }
  std::span<const Output> outputs() const { return outputs_; }
  Value value(ValueId id) { return {this, id}; }
  /// The parameter's index in parameters(), if there is one of that name.
  std::optional<size_t> find_parameter(std::string_view name) const;

  /// The program as people read it: one line per node, `%3 = add %1, %2 : f32[2,4]`.
  std::string to_string() const;

 private:
  int32_t append(Node node);

  std::deque<Node> nodes_;  // stable addresses: shapes are handed out by reference
  std::vector<Parameter> parameters_;
  std::map<std::string, size_t, std::less<>> parameter_index_;
  std::vector<Output> outputs_;
};

/// The pseudo-ops of parameters and constants.
extern const OpInfo kParameterOp;
extern const OpInfo kConstantOp;

}  // namespace easydel
