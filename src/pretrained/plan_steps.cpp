#include "pretrained/plan_steps.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/format.h"
#include "base/layer_name.h"

namespace easydel {
namespace {

using Axes = std::vector<std::string>;

uint64_t product(std::initializer_list<int64_t> factors) {
  uint64_t result = 1;
  for (const int64_t factor : factors) result *= static_cast<uint64_t>(factor);
  return result;
}

/// The module that a parameter belongs to: "model.layers.3.mlp" for "model.layers.3.mlp.up_proj.weight".
std::string module_of(std::string_view name) {
  const size_t leaf = name.rfind('.');
  const size_t layer = leaf == std::string_view::npos ? leaf : name.rfind('.', leaf - 1);
  return std::string(layer == std::string_view::npos ? name : name.substr(0, layer));
}

/// The features of a linear layer's result, and the axes that split them.
struct Features {
  int64_t on_device, all;
  Axes axes;
};

class StepPlanner {
 public:
  StepPlanner(const nn::Module& module, const Placement& placement, const ShardingPlan& plan, int64_t length)
      : module_(module), plan_(plan) {
    const Shape tokens(DType::kI32, {plan.batch, length});
    const PartitionAxis axis =
        placement.activations() == nullptr ? PartitionAxis{} : placement.activations()->axis;
    PartitionSpec wanted = {axis.batch_axis, length > 1 ? axis.sequence_axis : Axes{}};
    const NamedSharding sharding(plan.mesh, fit_spec(wanted, tokens, plan.mesh, "tokens").spec);
    rows_ = sharding.shard_shape(tokens).dim(0);
    length_ = sharding.shard_shape(tokens).dim(1);
    for (const auto& group : sharding.spec().groups()) token_axes_.insert(group.begin(), group.end());
    sequence_axes_ = sharding.spec().group(1);
    activation_size_ = item_size(plan.dtype) == 2 ? 2 : 4;
  }

  StepPlan run() {
    for (const ParameterPlan& parameter : plan_.parameters) {
      const nn::ParameterSpec& spec = *module_.parameters().find(parameter.name);
      if (spec.role == nn::ParameterRole::kEmbedding)
        embedding(parameter);
      else if (nn::is_kernel(spec.role) && spec.dims.size() == 2)
        linear(parameter, spec.role == nn::ParameterRole::kInOutKernel ? 1 : 0,
               parameter.name == module_.output_embedding_name());
    }
    attention();
    StepPlan step;
    uint64_t module_bytes = 0;
    for (const auto& [name, bytes] : module_bytes_) module_bytes = std::max(module_bytes, bytes);
    // The residual stream, its normalized copy, and the sum that replaces it.
    step.activation_bytes = 3 * tokens_bytes(hidden_size_) + module_bytes + gathered_bytes_;
    for (auto& [key, collective] : collectives_) step.collectives.push_back(std::move(collective));
    std::stable_sort(step.collectives.begin(), step.collectives.end(),
                     [](const auto& a, const auto& b) { return a.total_bytes() > b.total_bytes(); });
    return step;
  }

 private:
  uint64_t tokens_bytes(int64_t features) const {
    return product({rows_, length_, features, activation_size_});
  }

  /// Those of size above 1, parted by whether they also split the tokens.
  std::pair<Axes, Axes> parted(const Axes& group) const {
    std::pair<Axes, Axes> result;
    for (const std::string& axis : group)
      if (plan_.mesh.axis_size(axis).value_or(1) > 1)
        (token_axes_.contains(axis) ? result.first : result.second).push_back(axis);
    return result;
  }
  int64_t size_of(const Axes& axes) const {
    int64_t size = 1;
    for (const std::string& axis : axes) size *= plan_.mesh.axis_size(axis).value_or(1);
    return size;
  }

  void add(std::string_view op, std::string what, const Axes& axes, uint64_t bytes) {
    if (axes.empty() || bytes == 0) return;
    CollectivePlan& collective = collectives_[fmt::format("{} {} {}", op, what, fmt::join(axes, ","))];
    if (collective.count++ > 0) return;
    collective = {.op = std::string(op),
                  .what = std::move(what),
                  .axes = axes,
                  .devices = size_of(axes),
                  .bytes = bytes,
                  .count = 1};
  }

  /// Gathers the parts of a weight that its users' tokens are split over too.
  void gather_weight(const ParameterPlan& parameter, const Axes& first, const Axes& second) {
    Axes axes = first;
    axes.insert(axes.end(), second.begin(), second.end());
    if (axes.empty()) return;
    const uint64_t bytes = parameter.bytes_per_device * static_cast<uint64_t>(size_of(axes));
    add("all-gather", any_layer(parameter.name), axes, bytes);
    gathered_bytes_ = std::max(gathered_bytes_, bytes);
  }

  /// `out_axis`: which axis of the weight gives the features of the result.
  void linear(const ParameterPlan& parameter, int out_axis, bool is_head) {
    const PartitionSpec& spec = parameter.sharding.spec();
    const auto [out_gathered, out_split] = parted(spec.group(out_axis));
    const auto [in_gathered, in_split] = parted(spec.group(1 - out_axis));
    gather_weight(parameter, out_gathered, in_gathered);
    const int64_t out = parameter.shape.dim(out_axis) / size_of(out_split);
    const uint64_t result = is_head ? product({rows_, out, 4}) : tokens_bytes(out);
    add("all-reduce", fmt::format("result of {}", any_layer(parameter.name)), in_split, result);
    if (is_head) add("all-gather", "logits", out_split, result * static_cast<uint64_t>(size_of(out_split)));
    module_bytes_[module_of(parameter.name)] += result;
    linears_.emplace(parameter.name, Features{out, parameter.shape.dim(out_axis), out_split});
  }

  void embedding(const ParameterPlan& parameter) {
    const auto [vocab_gathered, vocab_split] = parted(parameter.sharding.spec().group(0));
    const auto [hidden_gathered, hidden_split] = parted(parameter.sharding.spec().group(1));
    if (parameter.name == module_.input_embedding_name()) hidden_size_ = parameter.shape.dim(1);
    gather_weight(parameter, vocab_gathered, hidden_gathered);
    const std::string result = fmt::format("rows of {}", any_layer(parameter.name));
    const uint64_t bytes = tokens_bytes(parameter.shape.dim(1));
    add("all-reduce", result, vocab_split, bytes / static_cast<uint64_t>(size_of(hidden_split)));
    add("all-gather", result, hidden_split, bytes);
    if (parameter.name != module_.output_embedding_name()) return;  // a tied head
    const int64_t vocab = parameter.shape.dim(0) / size_of(vocab_split);
    const uint64_t logits = product({rows_, vocab, 4});
    add("all-reduce", "logits", hidden_split, logits);
    add("all-gather", "logits", vocab_split, logits * static_cast<uint64_t>(size_of(vocab_split)));
    module_bytes_["logits"] += logits;
  }

  /// Scores, and what of keys and values lies on other devices.
  void attention() {
    const std::vector<nn::CacheLayout> layers = module_.cache_layout();
    const PartitionSpec::AxisGroup& heads_group = plan_.cache_sharding.spec().group(2);
    const Axes cache_axes = parted(plan_.cache_sharding.spec().group(1)).second;
    for (size_t layer = 0; layer < layers.size(); ++layer) {
      const auto query = linears_.find(layers[layer].query_weight);
      if (query == linears_.end()) continue;
      const Features& features = query->second;
      const int64_t all_heads = layers[layer].heads;
      const int64_t heads = std::max<int64_t>(1, all_heads * features.on_device / features.all);
      const int64_t kv_heads = layers[layer].kv_heads / size_of(heads_group);
      module_bytes_[module_of(query->first)] += product({rows_, heads, length_, plan_.cache_length, 4});
      if (all_heads * features.on_device % features.all != 0)
        add("all-gather", "heads that a device has only a part of", features.axes,
            tokens_bytes(features.on_device));
      add("all-gather", "keys and values of the prompt", sequence_axes_of_size(),
          2 * product({rows_, plan_.prompt_length, kv_heads, layers[layer].key_dim, activation_size_}));
      if (sequence_axes_of_size().empty())
        add("all-reduce", "attention over the parts of the cache", cache_axes,
            product({rows_, length_, heads, layers[layer].value_dim + 2, 4}));
    }
  }

  Axes sequence_axes_of_size() const {
    Axes axes;
    for (const std::string& axis : sequence_axes_)
      if (plan_.mesh.axis_size(axis).value_or(1) > 1) axes.push_back(axis);
    return axes;
  }

  const nn::Module& module_;
  const ShardingPlan& plan_;
  int64_t rows_ = 1, length_ = 1, hidden_size_ = 0, activation_size_ = 4;
  std::set<std::string> token_axes_;  ///< axes that split the rows or the sequence
  Axes sequence_axes_;
  std::map<std::string, uint64_t> module_bytes_;  ///< what each module computes
  std::map<std::string, Features> linears_;       ///< the result of each linear weight
  std::map<std::string, CollectivePlan> collectives_;
  uint64_t gathered_bytes_ = 0;
};

}  // namespace

StepPlan plan_step(const nn::Module& module, const Placement& placement, const ShardingPlan& plan,
                   int64_t length) {
  return StepPlanner(module, placement, plan, length).run();
}

}  // namespace easydel
