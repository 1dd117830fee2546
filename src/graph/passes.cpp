#include "graph/passes.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "easydel/error.h"

namespace easydel {
namespace {

/// Copies parts of `source` into `target`, mapping values as it goes.
class GraphCopier {
 public:
  GraphCopier(const Graph& source, Graph& target) : source_(source), target_(target) {
    mapped_.resize(static_cast<size_t>(source.node_count()));
    for (const Parameter& parameter : source.parameters()) kinds_[parameter.value.node] = parameter.kind;
  }

  bool is_kept_parameter(int32_t index) const {
    const auto kind = kinds_.find(index);
    return kind != kinds_.end() && kind->second != ParameterKind::kWeight;
  }

  std::vector<Value> operands(const Node& node) const {
    std::vector<Value> result;
    result.reserve(node.inputs.size());
    for (ValueId input : node.inputs) result.push_back(at(input));
    return result;
  }

  void copy(int32_t index, std::span<const Value> operands) {
    const Node& node = source_.node(index);
    if (node.op == &kParameterOp) {
      map(index, {target_.parameter(node.name, node.outputs[0], kinds_.at(index))});
    } else if (node.op == &kConstantOp) {
      map(index, {target_.constant(node.literal)});
    } else {
      map(index, target_.add_multi(*node.op, operands, node.attributes));
    }
  }

  void map(int32_t index, std::vector<Value> values) {
    mapped_[static_cast<size_t>(index)] = std::move(values);
  }

  void copy_outputs() {
    for (const Output& output : source_.outputs()) {
      if (output.aliased_parameter < 0) {
        target_.set_output(output.name, at(output.value));
      } else {
        const Parameter& state = source_.parameters()[static_cast<size_t>(output.aliased_parameter)];
        target_.set_output_alias(output.name, at(output.value), state.name);
      }
    }
  }

 private:
  Value at(ValueId id) const { return mapped_[static_cast<size_t>(id.node)][static_cast<size_t>(id.output)]; }

  const Graph& source_;
  Graph& target_;
  std::vector<std::vector<Value>> mapped_;
  std::map<int32_t, ParameterKind> kinds_;
};

bool same_literal(const HostTensor& a, const HostTensor& b) {
  return a.shape() == b.shape() && std::ranges::equal(a.bytes(), b.bytes());
}

/// Orders nodes whose operands are already merged, so that equal nodes meet.
struct NodeOrder {
  bool operator()(const std::pair<const Node*, std::vector<ValueId>>& a,
                  const std::pair<const Node*, std::vector<ValueId>>& b) const {
    const auto key = [](const auto& pair) {
      return std::tie(pair.first->op, pair.second, pair.first->attributes.entries());
    };
    return key(a) < key(b);
  }
};

}  // namespace

Graph rewrite(const Graph& source, const NodeRewriter& replace) {
  Graph target;
  GraphCopier copier(source, target);
  for (int32_t index = 0; index < source.node_count(); ++index) {
    const std::vector<Value> operands = copier.operands(source.node(index));
    std::vector<Value> values = replace(target, source.node(index), operands);
    if (values.empty()) {
      copier.copy(index, operands);
    } else {
      copier.map(index, std::move(values));
    }
  }
  copier.copy_outputs();
  return target;
}

Graph eliminate_dead_code(const Graph& source) {
  std::vector<bool> live(static_cast<size_t>(source.node_count()));
  for (const Output& output : source.outputs()) live[static_cast<size_t>(output.value.node)] = true;
  for (int32_t index = source.node_count() - 1; index >= 0; --index) {
    if (!live[static_cast<size_t>(index)]) continue;
    for (ValueId input : source.node(index).inputs) live[static_cast<size_t>(input.node)] = true;
  }
  Graph target;
  GraphCopier copier(source, target);
  for (int32_t index = 0; index < source.node_count(); ++index) {
    if (live[static_cast<size_t>(index)] || copier.is_kept_parameter(index))
      copier.copy(index, copier.operands(source.node(index)));
  }
  copier.copy_outputs();
  return target;
}

Graph merge_common_subexpressions(const Graph& source) {
  constexpr size_t kMaxComparedLiteral = 4096;
  std::map<std::pair<const Node*, std::vector<ValueId>>, std::vector<Value>, NodeOrder> seen;
  std::vector<std::pair<HostTensor, Value>> literals;
  return rewrite(source, [&](Graph& target, const Node& node, std::span<const Value> operands) {
    if (node.op == &kParameterOp) return std::vector<Value>{};
    if (node.op == &kConstantOp) {
      if (node.literal.bytes().size() > kMaxComparedLiteral) return std::vector<Value>{};
      for (const auto& [literal, value] : literals)
        if (same_literal(literal, node.literal)) return std::vector<Value>{value};
      literals.emplace_back(node.literal, target.constant(node.literal));
      return std::vector<Value>{literals.back().second};
    }
    std::vector<ValueId> ids;
    for (const Value& operand : operands) ids.push_back(operand.id);
    const auto [entry, is_new] = seen.try_emplace({&node, std::move(ids)});
    if (is_new) entry->second = target.add_multi(*node.op, operands, node.attributes);
    return entry->second;
  });
}

Graph fold_constants(const Graph& source, const Evaluator& evaluate, size_t max_bytes) {
  return rewrite(source, [&](Graph& target, const Node& node, std::span<const Value> operands) {
    if (node.op == &kParameterOp || node.op == &kConstantOp) return std::vector<Value>{};
    size_t bytes = 0;
    for (const Shape& shape : node.outputs) bytes += shape.bytes();
    if (bytes > max_bytes) return std::vector<Value>{};
    std::vector<HostTensor> literals;
    for (const Value& operand : operands) {
      const Node& producer = target.node(operand.id);
      if (producer.op != &kConstantOp) return std::vector<Value>{};
      literals.push_back(producer.literal);
    }
    std::vector<Value> folded;
    for (HostTensor& result : evaluate(node, literals)) folded.push_back(target.constant(std::move(result)));
    return folded;
  });
}

Graph decompose(const Graph& source, const std::function<bool(const Node&)>& keep) {
  // A decomposition may itself use composites: it is traced into the target, and what remains is expanded in
  // the next round.
  const auto expandable = [&](const Node& node) { return node.op->is_composite() && !keep(node); };
  const auto round = [&](const Graph& graph) {
    return rewrite(graph, [&](Graph& target, const Node& node, std::span<const Value> operands) {
      return expandable(node) ? node.op->decompose(target, operands, node.attributes) : std::vector<Value>{};
    });
  };
  const auto has_expandable = [&](const Graph& graph) {
    for (int32_t index = 0; index < graph.node_count(); ++index)
      if (expandable(graph.node(index))) return true;
    return false;
  };
  Graph result = round(source);
  while (has_expandable(result)) result = round(result);
  return result;
}

}  // namespace easydel
