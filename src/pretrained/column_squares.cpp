#include "pretrained/column_squares.h"

#include <map>
#include <string>

#include "graph/ops.h"
#include "graph/passes.h"

namespace easydel {
namespace {

/// f32 [1, columns]: the squares of x [..., columns], summed.
Value sum_of_squares(Value x) {
  const Value rows = reshape(convert(x, DType::kF32), {x.shape().elements() / x.dim(-1), x.dim(-1)});
  return reduce_axis(rows * rows, ReduceKind::kSum, 0, /*keep=*/true);
}

}  // namespace

Graph column_squares(const Graph& program) {
  const Graph linears = decompose(program, [](const OpInfo& op) { return &op != &kRoutedExpertsOp; });
  std::map<std::string, ValueId> sums;
  Graph result = rewrite(linears, [&](Graph& target, const Node& node, std::span<const Value> operands) {
    if (node.op != &kLinearOp && node.op != &kQuantizedLinearOp) return std::vector<Value>{};
    const Node& weight =
        target.node(operands[1].id);  // of a quantized one the first part, which has its name
    if (weight.op != &kParameterOp) return std::vector<Value>{};
    const Value squares = sum_of_squares(operands[0]);
    const auto [known, is_new] = sums.try_emplace(weight.name, squares.id);
    if (!is_new) known->second = (target.value(known->second) + squares).id;
    return std::vector<Value>{};
  });
  for (const auto& [name, id] : sums) result.set_output(std::string(kColumnSquares) + name, result.value(id));
  return result;
}

}  // namespace easydel
