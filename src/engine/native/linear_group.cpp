#include "engine/native/lower/linear_group.h"

#include <algorithm>
#include <array>

#include "engine/native/lower/linear_plan.h"
#include "graph/ops/matmul.h"
#include "graph/ops/quantization.h"

namespace easydel::native {
namespace {

bool is_linear(const OpInfo& op) {
  return &op == &kLinearOp || &op == &kQuantizedLinearOp;
}

/// What a node's operands are, behind x.
struct LinearNode {
  LinearOptions options;
  size_t operands = 0;
  bool has_scales = false, has_bias = false;

  static LinearNode of(const LowerCall& call) {
    const std::span<const Shape> inputs = call.inputs;
    LinearNode node{.operands = inputs.size() - 1};
    LinearOptions& options = node.options;
    size_t parts = 1;
    if (call.node.op == &kQuantizedLinearOp) {
      options.format = &format_of(call.attributes());
      options.out = call.output().dim(-1);
      options.in = inputs[0].dim(-1);
      parts = options.format->parts.size();
    } else {
      const LinearAxes axes = LinearAxes::of(call.attributes());
      options.weight_type = float_type(inputs[1].dtype(), call.node.op->name);
      options.weight_is_in_out = axes.in == 0;
      options.out = inputs[1].dim(axes.out);
      options.in = inputs[1].dim(axes.in);
    }
    options.x_type = float_type(inputs[0].dtype(), call.node.op->name);
    node.has_scales = parts > 1;
    node.has_bias = node.operands > parts;
    if (node.has_bias) options.bias_type = float_type(inputs.back().dtype(), call.node.op->name);
    return node;
  }
};

struct LinearGroup {
  std::vector<LinearPlan> plans;
  std::vector<LinearNode> nodes;
  int64_t rows = 0;

  void run(const StepContext& context) const {
    std::array<LinearOperands, kMostLinears> operands;
    size_t input = 1;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const LinearNode& node = nodes[i];
      operands[i] = {.x = context.inputs[0].data,
                     .weight = context.inputs[input].data,
                     .scales = node.has_scales ? context.inputs[input + 1].data : nullptr,
                     .bias = node.has_bias ? context.inputs[input + node.operands - 1].data : nullptr,
                     .out = context.outputs[i].data};
      input += node.operands;
    }
    LinearPlan::run_together(context, plans, operands, rows);
  }
};

}  // namespace

bool joins(const Graph& graph, const Node& leader, const Node& node) {
  if (leader.op != node.op || !is_linear(*node.op) || leader.inputs[0] != node.inputs[0]) return false;
  const auto behind_x = [](const Node& of) { return std::span(of.inputs).subspan(1); };
  const auto is_parameter = [&](ValueId input) { return graph.node(input.node).op == &kParameterOp; };
  if (!std::ranges::all_of(behind_x(node), is_parameter) ||
      !std::ranges::all_of(behind_x(leader), is_parameter))
    return false;
  if (node.op == &kQuantizedLinearOp) return &format_of(node.attributes) == &format_of(leader.attributes);
  return LinearAxes::of(node.attributes).in == LinearAxes::of(leader.attributes).in &&
         graph.shape(node.inputs[1]).dtype() == graph.shape(leader.inputs[1]).dtype();
}

Step lower_linears(std::span<const LowerCall> calls) {
  LinearGroup group;
  ScratchPlan scratch;
  for (const LowerCall& call : calls) {
    const LinearNode& node = group.nodes.emplace_back(LinearNode::of(call));
    group.rows = call.output().elements() / std::max<int64_t>(node.options.out, 1);
    const LinearPlan* leader = group.plans.empty() ? nullptr : &group.plans.front();
    group.plans.push_back(LinearPlan(node.options, group.rows, call, scratch, leader));
    if (!group.plans.front().shares_x(group.plans.back()))
      throw Error(ErrorCode::kInternal, "linear", "layers that do not read x alike were put together");
  }
  return {[group](const StepContext& context) { group.run(context); }, scratch.bytes()};
}

}  // namespace easydel::native
