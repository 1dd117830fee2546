#include "nn/partition_rules.h"

#include <algorithm>

#include "base/transpose.h"

namespace easydel::nn {
namespace {

using AxisGroup = PartitionSpec::AxisGroup;

const AxisGroup kShards = {"fsdp", "sp"};
const AxisGroup kTensor = {"tp"};
const PartitionSpec kAlongFirst = {kShards};
const PartitionSpec kByColumns = {kShards, kTensor};
const PartitionSpec kByRows = {kTensor, kShards};
const PartitionSpec kOutputByRows = {kTensor, {"sp", "fsdp"}};  // EasyDeL has these two the other way round
const PartitionSpec kWhole = {{}};

std::string_view flax_leaf(const ParameterSet& set, const ParameterSpec& parameter, std::string_view prefix) {
  switch (parameter.role) {
    case ParameterRole::kEmbedding:
      return "embedding";
    case ParameterRole::kScale:
      return set.find(std::string(prefix) + "bias") != nullptr ? "scale" : "kernel";
    case ParameterRole::kKernel:
    case ParameterRole::kInOutKernel:
    case ParameterRole::kRouter:
    case ParameterRole::kBias:
    case ParameterRole::kOther:
      break;
  }
  return "kernel";
}

}  // namespace

std::string flax_name(const ParameterSet& set, const ParameterSpec& parameter) {
  const size_t leaf = parameter.name.rfind('.') + 1;  // 0 without a dot
  std::string path = parameter.name.substr(0, leaf);
  if (parameter.name.substr(leaf) == "weight")
    path += flax_leaf(set, parameter, path);
  else
    path += parameter.name.substr(leaf);
  return path;
}

std::string flax_path(const ParameterSet& set, const ParameterSpec& parameter) {
  std::string path = flax_name(set, parameter);
  path.insert(0, set.path_prefix());
  std::replace(path.begin(), path.end(), '.', '/');
  return path;
}

bool is_transposed_in_flax(const ParameterSpec& parameter) {
  return is_kernel(parameter.role) && parameter.dims.size() >= 2;
}

bool is_held_transposed_in_flax(const ParameterSpec& parameter) {
  // Of a kernel [in, out], parts are of [out, in] already.
  const bool is_swapped = parameter.format != nullptr && parameter.role == ParameterRole::kInOutKernel;
  return is_transposed_in_flax(parameter) && !is_swapped;
}

Shape flax_shape(const ParameterSpec& parameter) {
  return is_transposed_in_flax(parameter) ? swap_last_axes(parameter.shape()) : parameter.shape();
}

PartitionSpec stored_spec(const ParameterSpec& parameter, const PartitionSpec& flax) {
  const size_t rank = parameter.dims.size();
  if (!is_transposed_in_flax(parameter) || flax.groups().empty()) return flax;
  std::vector<AxisGroup> groups(flax.groups().begin(), flax.groups().end());
  groups.resize(std::max(groups.size(), rank));
  std::swap(groups[rank - 2], groups[rank - 1]);
  return PartitionSpec(std::move(groups));
}

PartitionRules decoder_partition_rules(const DecoderRuleSpecs& specs) {
  return {{"model/embed_tokens/embedding", specs.embedding},
          {"self_attn/(q_proj|k_proj|v_proj)/kernel", specs.attention_inputs},
          {"self_attn/o_proj/kernel", specs.attention_output},
          {"mlp/(gate_proj|up_proj)/kernel", specs.gate_and_up},
          {"mlp/down_proj/kernel", specs.down},
          {"input_layernorm/kernel", kWhole},
          {"post_attention_layernorm/kernel", kWhole},
          {"model/norm/kernel", kWhole},
          {"lm_head/kernel", specs.head},
          {".*", specs.others}};
}

DecoderRuleSpecs fully_sharded_specs() {
  return {.embedding = kAlongFirst,
          .attention_inputs = kByColumns,
          .attention_output = kOutputByRows,
          .gate_and_up = kAlongFirst,
          .down = kAlongFirst,
          .head = kAlongFirst,
          .others = kAlongFirst};
}

DecoderRuleSpecs tensor_parallel_specs() {
  return {.embedding = kByRows,
          .attention_inputs = kByColumns,
          .attention_output = kOutputByRows,
          .gate_and_up = kByColumns,
          .down = kByRows,
          .head = kByColumns,
          .others = kWhole};
}

PartitionRules base_partition_rules(bool /*fully_sharded_data_parallel*/) {
  return {{".*", kAlongFirst}};
}

}  // namespace easydel::nn
