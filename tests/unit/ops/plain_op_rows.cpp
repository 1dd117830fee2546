#include <map>
#include <stdexcept>

#include "base/format.h"
#include "graph/ops.h"
#include "io/safetensors.h"
#include "unit/ops/op_rows.h"

namespace easydel {
namespace {

using Values = std::vector<Value>;

OpBuilder unary(Value (*op)(Value)) {
  return [op](Graph&, const Values& x) { return Values{op(x[0])}; };
}
OpBuilder binary(Value (*op)(Value, Value)) {
  return [op](Graph&, const Values& x) { return Values{op(x[0], x[1])}; };
}
OpBuilder comparison(CompareDirection direction) {
  return [direction](Graph&, const Values& x) { return Values{compare(x[0], x[1], direction)}; };
}
OpBuilder conversion(DType dtype) {
  return [dtype](Graph&, const Values& x) { return Values{convert(x[0], dtype)}; };
}
OpBuilder reduction(ReduceKind kind, std::vector<int64_t> axes) {
  return [kind, axes](Graph&, const Values& x) { return Values{reduce(x[0], kind, axes)}; };
}
OpBuilder scattering(ReduceKind kind) {
  return [kind](Graph&, const Values& x) {
    return Values{scatter(x[0], x[1], x[2],
                          {.update_window_dims = {1},
                           .inserted_window_dims = {0},
                           .scatter_dims_to_operand_dims = {0},
                           .index_vector_dim = 1},
                          kind)};
  };
}
OpBuilder of(std::function<Value(Graph&, const Values&)> build) {
  return [build](Graph& graph, const Values& x) { return Values{build(graph, x)}; };
}
Values pair(std::pair<Value, Value> values) {
  return {values.first, values.second};
}

/// The row of each golden case; "name.dtype" falls back to "name".
const std::map<std::string, OpBuilder, std::less<>>& rows() {
  using D = CompareDirection;
  using I = std::vector<int64_t>;
  static const std::map<std::string, OpBuilder, std::less<>> kRows = {
      {"abs", unary(abs)},
      {"negate", unary(negate)},
      {"sign", unary(sign)},
      {"exponential", unary(exponential)},
      {"exponential_minus_one", unary(exponential_minus_one)},
      {"log", unary(log)},
      {"log_plus_one", unary(log_plus_one)},
      {"logistic", unary(logistic)},
      {"tanh", unary(tanh)},
      {"sine", unary(sine)},
      {"cosine", unary(cosine)},
      {"sqrt", unary(sqrt)},
      {"rsqrt", unary(rsqrt)},
      {"floor", unary(floor)},
      {"ceil", unary(ceil)},
      {"round_nearest_even", unary(round_nearest_even)},
      {"erf", unary(erf)},
      {"is_finite", unary(is_finite)},
      {"not", unary(logical_not)},
      {"add", binary(add)},
      {"subtract", binary(subtract)},
      {"multiply", binary(multiply)},
      {"divide", binary(divide)},
      {"maximum", binary(maximum)},
      {"minimum", binary(minimum)},
      {"remainder", binary(remainder)},
      {"power", binary(power)},
      {"and", binary(logical_and)},
      {"or", binary(logical_or)},
      {"xor", binary(logical_xor)},
      {"shift_left", binary(shift_left)},
      {"shift_right_logical", binary(shift_right_logical)},
      {"compare_eq", comparison(D::kEq)},
      {"compare_ne", comparison(D::kNe)},
      {"compare_ge", comparison(D::kGe)},
      {"compare_gt", comparison(D::kGt)},
      {"compare_le", comparison(D::kLe)},
      {"compare_lt", comparison(D::kLt)},
      {"select", of([](Graph&, const Values& x) { return select(x[0], x[1], x[2]); })},
      {"clamp", of([](Graph&, const Values& x) { return clamp(x[0], x[1], x[2]); })},
      {"bitcast_convert", of([](Graph&, const Values& x) { return bitcast_convert(x[0], DType::kI32); })},
      {"iota", of([](Graph& graph, const Values&) {
         return iota(graph, Shape(DType::kI32, {3, 4, 2}), 1);
       })},
      {"broadcast_in_dim", of([](Graph&, const Values& x) {
         return broadcast_in_dim(x[0], I{2, 3, 4, 5}, I{1, 3});
       })},
      {"reshape", of([](Graph&, const Values& x) {
         return reshape(x[0], {4, -1});
       })},
      {"transpose", of([](Graph&, const Values& x) {
         return transpose(x[0], {2, 0, 3, 1});
       })},
      {"slice", of([](Graph&, const Values& x) {
         return slice(x[0], I{1, 0, 2}, I{4, 3, 9}, I{2, 1, 3});
       })},
      {"pad", of([](Graph&, const Values& x) {
         return pad(x[0], x[1], I{2, -1, 1}, I{1, 3, -2}, I{1, 2, 0});
       })},
      {"pad_negative", of([](Graph&, const Values& x) { return pad(x[0], x[1], I{-3}, I{-1}, I{2}); })},
      {"concatenate", of([](Graph&, const Values& x) { return concatenate(x, 1); })},
      {"reverse", of([](Graph&, const Values& x) {
         return reverse(x[0], I{0, 2});
       })},
      {"gather", of([](Graph&, const Values& x) {
         return gather(x[0], x[1],
                       {.offset_dims = {1, 3},
                        .collapsed_slice_dims = {1},
                        .start_index_map = {2, 1},
                        .index_vector_dim = 2,
                        .slice_sizes = {2, 1, 3}});
       })},
      {"take", binary(take)},
      {"scatter_add", scattering(ReduceKind::kSum)},
      {"scatter_max", scattering(ReduceKind::kMax)},
      {"scatter_min", scattering(ReduceKind::kMin)},
      {"scatter_mul", scattering(ReduceKind::kProduct)},
      {"scatter_replace", scattering(ReduceKind::kReplace)},
      {"dynamic_slice", of([](Graph&, const Values& x) {
         return dynamic_slice(x[0], Values{x[1], x[2]}, I{2, 3});
       })},
      {"dynamic_update_slice", of([](Graph&, const Values& x) {
         return dynamic_update_slice(x[0], x[1], Values{x[2], x[3]});
       })},
      {"reduce_sum_i32", reduction(ReduceKind::kSum, {0})},
      {"reduce_max_nan", reduction(ReduceKind::kMax, {1})},
      {"reduce_and", reduction(ReduceKind::kAnd, {1})},
      {"reduce_or", reduction(ReduceKind::kOr, {1})},
      {"reduce_sum_bf16", reduction(ReduceKind::kSum, {1})},
      {"argmax", of([](Graph&, const Values& x) { return argmax(x[0], 1); })},
      {"cumulative_sum", of([](Graph&, const Values& x) { return cumulative_sum(x[0], 1); })},
      {"sort", [](Graph&, const Values& x) { return pair(sort(x[0], x[1], 1)); }},
      {"sort_axis0", [](Graph&, const Values& x) { return pair(sort(x[0], x[1], 0)); }},
      {"top_k", [](Graph&, const Values& x) { return pair(top_k(x[0], 3)); }},
      {"dot_general", of([](Graph&, const Values& x) {
         return dot_general(
             x[0], x[1],
             {.lhs_batch = {0, 2}, .rhs_batch = {0, 3}, .lhs_contract = {3}, .rhs_contract = {1}});
       })},
      {"dot_general_two", of([](Graph&, const Values& x) {
         return dot_general(x[0], x[1], {.lhs_contract = {1, 2}, .rhs_contract = {2, 0}});
       })},
      {"dot_general_i32", of([](Graph&, const Values& x) {
         return dot_general(x[0], x[1], {.lhs_contract = {1}, .rhs_contract = {0}});
       })},
      {"matmul", binary(matmul)},
      {"random_bits", of([](Graph&, const Values& x) {
         return random_bits(x[0], I{3, 5});
       })},
      {"random_uniform", of([](Graph&, const Values& x) { return random_uniform(x[0], I{7}); })},
  };
  return kRows;
}

OpBuilder find_row(const std::string& name) {
  if (name.starts_with("convert_")) return conversion(parse_dtype(name.substr(name.rfind('_') + 1)));
  for (const auto& [prefix, kind] :
       std::map<std::string, ReduceKind>{{"reduce_sum_", ReduceKind::kSum},
                                         {"reduce_product_", ReduceKind::kProduct},
                                         {"reduce_max_", ReduceKind::kMax},
                                         {"reduce_min_", ReduceKind::kMin}}) {
    const std::string rest = name.starts_with(prefix) ? name.substr(prefix.size()) : "";
    if (rest.empty() || rest.find_first_not_of("0123456789") != std::string::npos) continue;
    std::vector<int64_t> axes;
    for (const char digit : rest) axes.push_back(digit - '0');
    return reduction(kind, axes);
  }
  const auto row = rows().find(name.substr(0, name.find('.')));
  return row == rows().end() ? OpBuilder() : row->second;
}

}  // namespace

std::vector<OpRow> plain_op_rows() {
  const io::TensorFile file =
      io::open_safetensors(std::string(EASYDEL_SOURCE_DIR) + "/tests/golden/ops/ops.safetensors");
  std::map<std::string, OpRow> rows_by_name;
  for (const io::StoredTensor& stored : file.tensors()) {
    const std::string name = stored.name.substr(0, stored.name.rfind('.'));
    OpRow& row = rows_by_name[name];
    for (const bool is_input : {true, false}) {
      auto& list = is_input ? row.inputs : row.expected;
      for (size_t index = 0; list.empty() || index == list.size(); ++index) {
        const std::string part = fmt::format("{}.{}{}", name, is_input ? "in" : "out", index);
        if (!file.contains(part)) break;
        list.push_back(file.tensor(part));
      }
    }
  }
  std::vector<OpRow> result;
  for (auto& [name, row] : rows_by_name) {
    row.name = name;
    row.build = find_row(name);
    if (!row.build) throw std::runtime_error(fmt::format("golden case \"{}\" has no row", name));
    result.push_back(std::move(row));
  }
  return result;
}

}  // namespace easydel
