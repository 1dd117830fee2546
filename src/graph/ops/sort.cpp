#include "graph/ops/sort.h"

#include <algorithm>

#include "base/format.h"

namespace easydel {
namespace {

std::vector<Shape> infer_sort(const OpCall& call) {
  call.expect_inputs(2);
  if (!std::ranges::equal(call.inputs[0].dims(), call.inputs[1].dims()))
    call.fail("keys and payload differ in dims");
  (void)call.inputs[0].dim(static_cast<int>(call.attributes.get<int64_t>("axis")));
  (void)call.attributes.get<bool>("descending");
  return {call.inputs[0], call.inputs[1]};
}

std::vector<Shape> infer_top_k(const OpCall& call) {
  call.expect_inputs(1);
  const Shape& x = call.inputs[0];
  const int64_t k = call.attributes.get<int64_t>("k");
  if (x.rank() == 0) call.fail("needs an axis");
  if (k < 0 || k > x.dim(-1)) call.fail(fmt::format("k = {} is out of range", k));
  std::vector<int64_t> dims(x.dims().begin(), x.dims().end());
  dims.back() = k;
  return {x.with_dims(dims), Shape(DType::kI32, dims)};
}

}  // namespace

constinit const OpInfo kSortOp{.name = "sort", .infer = infer_sort};
constinit const OpInfo kTopKOp{.name = "top_k", .infer = infer_top_k};

std::span<const OpInfo* const> sort_ops() {
  static constexpr const OpInfo* kOps[] = {&kSortOp, &kTopKOp};
  return kOps;
}

std::pair<Value, Value> sort(Value keys, Value payload, int axis, bool descending) {
  const int64_t index = axis < 0 ? axis + keys.rank() : axis;
  const std::vector<Value> operands = {keys, payload};
  const auto results =
      keys.graph().add_multi(kSortOp, operands, {{"axis", index}, {"descending", descending}});
  return {results[0], results[1]};
}

std::pair<Value, Value> top_k(Value x, int64_t k) {
  const auto results = x.graph().add_multi(kTopKOp, std::span<const Value>(&x, 1), {{"k", k}});
  return {results[0], results[1]};
}

}  // namespace easydel
