#include "nn/step.h"

#include "graph/ops/sharding.h"

namespace easydel::nn {
namespace {

const PartitionSpec::AxisGroup kUnsplit;

/// A step of one token per row is generation, whose axes EasyDeL names apart.
bool is_generation(Value x) {
  return x.dim(1) == 1;
}

}  // namespace

Value Step::constrain_tokens(Value x) const {
  if (sharding == nullptr) return x;
  const PartitionAxis& axis = sharding->axis;
  return sharding_constraint(
      x, {axis.batch_axis, is_generation(x) ? axis.generation_query_sequence_axis : axis.sequence_axis,
          kUnsplit});
}

Value Step::constrain_queries(Value x) const {
  if (sharding == nullptr) return x;
  const PartitionAxis& axis = sharding->axis;
  if (is_generation(x))
    return sharding_constraint(x, {axis.batch_axis, axis.generation_query_sequence_axis,
                                   axis.generation_head_axis, axis.generation_attention_dim_axis});
  return sharding_constraint(
      x, {axis.batch_axis, axis.query_sequence_axis, axis.head_axis, axis.attention_dim_axis});
}

Value Step::constrain_keys(Value x) const {
  if (sharding == nullptr) return x;
  const PartitionAxis& axis = sharding->axis;
  return sharding_constraint(x, {axis.batch_axis, kUnsplit, axis.head_axis, axis.attention_dim_axis});
}

}  // namespace easydel::nn
