#include "pretrained/column_products.h"

#include <map>
#include <string>

#include "graph/ops.h"
#include "graph/passes.h"
#include "quantization/importance.h"

namespace easydel {
namespace {

/// Of x [..., columns].
Value sum_of_products(Value x) {
  using quantization::kColumnGroup;
  const int64_t columns = x.dim(-1), groups = quantization::column_groups(columns);
  const Value rows = reshape(convert(x, DType::kF32), {x.shape().elements() / columns, columns});
  const Value filled =
      pad(rows, scalar(x.graph(), 0, DType::kF32), std::vector<int64_t>{0, 0},
          std::vector<int64_t>{0, groups * kColumnGroup - columns}, std::vector<int64_t>{0, 0});
  const Value grouped = reshape(filled, {rows.dim(0), groups, kColumnGroup});
  return dot_general(grouped, grouped,
                     {.lhs_batch = {1}, .rhs_batch = {1}, .lhs_contract = {0}, .rhs_contract = {0}});
}

}  // namespace

Graph column_products(const Graph& program) {
  const Graph linears = decompose(program, [](const Node& node) { return node.op != &kRoutedExpertsOp; });
  std::map<std::string, ValueId> sums;
  Graph result = rewrite(linears, [&](Graph& target, const Node& node, std::span<const Value> operands) {
    if (node.op != &kLinearOp && node.op != &kQuantizedLinearOp) return std::vector<Value>{};
    const Node& weight =
        target.node(operands[1].id);  // of a quantized one the first part, which has its name
    if (weight.op != &kParameterOp) return std::vector<Value>{};
    const Value products = sum_of_products(operands[0]);
    const auto [known, is_new] = sums.try_emplace(weight.name, products.id);
    if (!is_new) known->second = (target.value(known->second) + products).id;
    return std::vector<Value>{};
  });
  for (const auto& [name, id] : sums)
    result.set_output(std::string(kColumnProducts) + name, result.value(id));
  return result;
}

}  // namespace easydel
