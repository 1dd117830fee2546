// EasyDeL's own fields of config.json. A partition axis is a list of 13 entries there: a name, a list of
// names, or null.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "easydel/config.h"
#include "easydel/error.h"

namespace easydel {
namespace {

using AxisGroup = PartitionSpec::AxisGroup;

[[noreturn]] void fail_axis() {
  throw Error(
      ErrorCode::kCorruptFile, "config.json",
      "key \"partition_axis\" must be a list of 13 entries, each an axis name, a list of names, or null");
}

bool is_float_name(const std::string& name) {
  try {
    return is_float(parse_dtype(name));
  } catch (const Error&) {
    return false;
  }
}

AxisGroup axis_group(const nlohmann::json& entry) {
  if (entry.is_null()) return {};
  if (entry.is_string()) return {entry.get<std::string>()};
  if (!entry.is_array()) fail_axis();
  AxisGroup group;
  for (const nlohmann::json& name : entry) {
    if (!name.is_string()) fail_axis();
    group.push_back(name.get<std::string>());
  }
  return group;
}

PartitionAxis partition_axis(const nlohmann::json& entries) {
  PartitionAxis axis;
  AxisGroup* const fields[] = {&axis.batch_axis,
                               &axis.sequence_axis,
                               &axis.query_sequence_axis,
                               &axis.head_axis,
                               &axis.key_sequence_axis,
                               &axis.hidden_state_axis,
                               &axis.attention_dim_axis,
                               &axis.bias_head_sequence_axis,
                               &axis.bias_key_sequence_axis,
                               &axis.generation_query_sequence_axis,
                               &axis.generation_head_axis,
                               &axis.generation_key_sequence_axis,
                               &axis.generation_attention_dim_axis};
  if (!entries.is_array() || entries.size() != std::size(fields)) fail_axis();
  for (size_t i = 0; i < std::size(fields); ++i) *fields[i] = axis_group(entries[i]);
  return axis;
}

constexpr std::pair<std::string_view, std::optional<int64_t> EasyDeLOptions::*> kFurtherBlocks[] = {
    {"block_k_major", &EasyDeLOptions::block_k_major},
    {"block_q_major_dkv", &EasyDeLOptions::block_q_major_dkv},
    {"block_k_major_dkv", &EasyDeLOptions::block_k_major_dkv},
    {"block_k_dkv", &EasyDeLOptions::block_k_dkv},
    {"block_q_dkv", &EasyDeLOptions::block_q_dkv},
    {"block_k_major_dq", &EasyDeLOptions::block_k_major_dq},
    {"block_k_dq", &EasyDeLOptions::block_k_dq},
    {"block_q_dq", &EasyDeLOptions::block_q_dq}};

}  // namespace

std::string EDPretrainedConfig::choice(std::string_view key, std::string fallback,
                                       std::initializer_list<std::string_view> choices) const {
  std::string value = text(key, std::move(fallback));
  if (std::ranges::find(choices, value) == choices.end())
    fail(key, fmt::format("one of {}", fmt::join(choices, ", ")));
  return value;
}

EasyDeLOptions EDPretrainedConfig::easydel_options() const {
  EasyDeLOptions o;
  if (has("axis_dims")) o.axis_dims = integers("axis_dims", -1);
  if (has("axis_names"))
    o.axis_names = texts("axis_names");
  else if (o.axis_dims.size() == 5)
    o.axis_names = MeshAxes::default_names(5);
  if (o.axis_dims.size() != o.axis_names.size())
    throw Error(ErrorCode::kCorruptFile, "config.json",
                fmt::format("axis_dims has {} sizes and axis_names {} names; give one size per name",
                            o.axis_dims.size(), o.axis_names.size()));
  o.attn_mechanism = text("attn_mechanism", o.attn_mechanism);
  o.block_q = integer("block_q", o.block_q, 1);
  o.block_k = integer("block_k", o.block_k, 1);
  o.block_b = integer("block_b", o.block_b, 1);
  for (const auto& [key, member] : kFurtherBlocks)
    if (has(key)) o.*member = integer(key, std::nullopt, 1);
  if (const std::string dtype = text("attn_dtype", "float32"); !is_float_name(dtype))
    fail("attn_dtype", "a float dtype such as \"float32\"");
  else
    o.attn_dtype = parse_dtype(dtype);
  o.shard_attention_computation = boolean("shard_attention_computation", o.shard_attention_computation);
  o.use_sharded_kv_caching = boolean("use_sharded_kv_caching", o.use_sharded_kv_caching);
  o.use_sharding_constraint = boolean("use_sharding_constraint", o.use_sharding_constraint);
  o.backend = text("backend", o.backend);
  o.easy_method = choice("easy_method", o.easy_method, {"train", "serve", "eval", "convert"});
  if (has("bits")) o.bits = integer("bits", std::nullopt, 1, 32);
  o.scan_ring_attention = boolean("scan_ring_attention", o.scan_ring_attention);
  o.scan_attention_layers = boolean("scan_attention_layers", o.scan_attention_layers);
  o.scan_layers = boolean("scan_layers", o.scan_layers);
  o.use_scan_mlp = boolean("use_scan_mlp", o.use_scan_mlp);
  o.scan_mlp_chunk_size = integer("scan_mlp_chunk_size", o.scan_mlp_chunk_size, 1);
  o.attention_axis_name = text("attention_axis_name", o.attention_axis_name);
  o.quantize_kv_cache = boolean("quantize_kv_cache", o.quantize_kv_cache);
  if (o.quantize_kv_cache) choice("kv_cache_quantization_method", "8bit", {"8bit"});
  o.flash_attention_backward_pass_impl =
      choice("flash_attention_backward_pass_impl", o.flash_attention_backward_pass_impl, {"triton", "xla"});
  // Transformers has a switch of that name.
  if (const nlohmann::json* value = find("gradient_checkpointing"); value != nullptr && value->is_boolean())
    o.gradient_checkpointing = value->get<bool>() ? o.gradient_checkpointing : "";
  else
    o.gradient_checkpointing = text("gradient_checkpointing", o.gradient_checkpointing);
  if (has("partition_axis")) o.partition_axis = partition_axis(json().at("partition_axis"));
  return o;
}

Mesh EDPretrainedConfig::mesh(int64_t device_count) const {
  const EasyDeLOptions options = easydel_options();
  return Mesh::create(options.axis_dims, options.axis_names, device_count);
}

}  // namespace easydel
