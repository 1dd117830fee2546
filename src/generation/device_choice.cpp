#include "generation/device_choice.h"

#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops.h"

namespace easydel::generation {
namespace {

/// Where `ids` i32 [batch, slots] are in [batch, vocab]: i32 [batch, slots, 2].
Value positions_of(Value ids) {
  const Shape shape(DType::kI32, {ids.dim(0), ids.dim(1), 1});
  return concatenate({iota(ids.graph(), shape, 0), reshape(ids, shape.dims())}, 2);
}

/// apply_edits(). Unused slots hold the id `vocab`, which reads something and writes nothing.
Value edit(Value logits, int64_t slots) {
  Graph& graph = logits.graph();
  const int64_t batch = logits.dim(0);
  const auto numbers = [&](std::string_view name) {
    return graph.parameter(name, Shape(DType::kF32, {batch, slots}));
  };
  const Value ids = graph.parameter("choice.ids", Shape(DType::kI32, {batch, slots}));
  const Value added = numbers("choice.added"), factors = numbers("choice.factors");
  const Value subtracted = numbers("choice.subtracted"), growth = numbers("choice.growth");
  const Value positions = positions_of(ids);
  const Value old = gather(logits, positions,
                           {.offset_dims = {},
                            .collapsed_slice_dims = {0, 1},
                            .start_index_map = {0, 1},
                            .index_vector_dim = 2,
                            .slice_sizes = {1, 1}}) +
                    added;
  const Value is_negative = compare(old, full_like(old, 0), CompareDirection::kLt);
  const Value penalized = select(is_negative, old * factors, old / factors);
  const Value is_hidden = compare(subtracted, full_like(old, -kHiddenLogit), CompareDirection::kEq);
  const Value shown = penalized - subtracted;
  const Value grown = select(is_finite(shown), shown + abs(shown) * growth, shown);
  return scatter(logits, positions, select(is_hidden, full_like(old, kHiddenLogit), grown),
                 {.update_window_dims = {},
                  .inserted_window_dims = {0, 1},
                  .scatter_dims_to_operand_dims = {0, 1},
                  .index_vector_dim = 2},
                 ReduceKind::kReplace);
}

/// Along the rows of [batch, vocab].
Value log_softmax(Value logits) {
  const Value shifted = logits - reduce_axis(logits, ReduceKind::kMax, 1, /*keep=*/true);
  return shifted - log(reduce_axis(exponential(shifted), ReduceKind::kSum, 1, /*keep=*/true));
}

/// candidates() and draw_on_device() with the top `k` (0: all): logits, where NaN is hidden already, -> i32 [batch].
Value draw_on_device(Value logits, int64_t k) {
  Graph& graph = logits.graph();
  const int64_t batch = logits.dim(0), vocab = logits.dim(1);
  const auto option = [&](std::string_view name) { return graph.parameter(name, Shape(DType::kF32, {})); };
  const Value temperature = option("choice.temperature");
  const Value top_p = option("choice.top_p"), min_p = option("choice.min_p");
  const Value points = graph.parameter("choice.points", Shape(DType::kF32, {batch}));

  const Value scaled = logits / temperature;
  const auto [values, ids] =
      k > 0 && k < vocab
          ? top_k(scaled, k)
          : sort(scaled, iota(graph, scaled.shape().with_dtype(DType::kI32), 1), 1, /*descending=*/true);
  const Value nothing = full_like(values, 0);
  const Value first = slice_axis(values, 1, 0, 1);
  const Value is_candidate = compare(values, full_like(values, kHiddenLogit), CompareDirection::kGt);
  const auto normalized = [](Value weights) {
    return weights / reduce_axis(weights, ReduceKind::kSum, 1, /*keep=*/true);
  };
  Value probabilities = normalized(select(is_candidate, exponential(values - first), nothing));
  const Value before = cumulative_sum(probabilities, 1) - probabilities;
  const Value in_nucleus = logical_or(compare(before, top_p, CompareDirection::kLt),
                                      compare(top_p, full_like(top_p, 1), CompareDirection::kGe));
  probabilities = normalized(select(in_nucleus, probabilities, nothing));
  const Value least = slice_axis(probabilities, 1, 0, 1) * min_p;
  probabilities =
      normalized(select(compare(probabilities, least, CompareDirection::kLt), nothing, probabilities));

  // The first candidate whose cumulative probability is above the point; rounding may leave none, then the last.
  const Value passed =
      compare(cumulative_sum(probabilities, 1), reshape(points, {batch, 1}), CompareDirection::kLe);
  const auto count = [](Value predicate) {
    return reduce_axis(convert(predicate, DType::kI32), ReduceKind::kSum, 1, /*keep=*/true);
  };
  const Value kept = count(compare(probabilities, nothing, CompareDirection::kGt));
  const Value chosen = minimum(count(passed), kept - 1);
  const Value is_chosen = compare(iota(graph, ids.shape(), 1), chosen, CompareDirection::kEq);
  return reduce_axis(select(is_chosen, ids, full_like(ids, -1)), ReduceKind::kMax, 1);
}

}  // namespace

std::optional<DeviceChooser> DeviceChooser::of(const GenerationConfig& config, int64_t text_length,
                                               int64_t vocab_size) {
  const bool is_beam_search = config.num_beams > 1;
  const bool has_host_warpers =
      config.do_sample && (config.typical_p < 1.0 || config.top_h || config.epsilon_cutoff > 0.0 ||
                           config.eta_cutoff > 0.0 || is_beam_search);
  if (has_host_warpers || config.remove_invalid_values) return std::nullopt;
  DeviceChooser chooser{.samples = config.do_sample,
                        .edit_slots = most_edits(config, text_length, vocab_size)};
  if (config.do_sample && config.top_k < vocab_size) chooser.top_k = config.top_k;
  if (is_beam_search) {
    chooser.ranked = std::min(beam_candidates(config), vocab_size);
    chooser.renormalizes = config.renormalize_logits;
  }
  return chooser;
}

DeviceTokens trace_choice(Value logits, const DeviceChooser& chooser) {
  const auto without_nan = [](Value x) {
    return select(compare(x, x, CompareDirection::kNe), full_like(x, kHiddenLogit), x);
  };
  if (chooser.ranked > 0) {
    Value scores = log_softmax(without_nan(logits));
    if (chooser.edit_slots > 0) scores = edit(scores, chooser.edit_slots);
    if (chooser.renormalizes) scores = log_softmax(scores);
    const auto [best, ids] = top_k(scores, chooser.ranked);
    return {ids, best};
  }
  if (chooser.edit_slots > 0) logits = edit(logits, chooser.edit_slots);
  logits = without_nan(logits);
  return {chooser.samples ? draw_on_device(logits, chooser.top_k) : argmax(logits, 1), {}};
}

std::vector<HostTensor> choice_inputs(const DeviceChooser& chooser, const GenerationConfig& config,
                                      const StepChoice& choice, int64_t vocab_size) {
  std::vector<HostTensor> inputs;
  const auto batch = static_cast<int64_t>(choice.rows.size());
  if (chooser.edit_slots > 0) {
    const auto slots = static_cast<size_t>(chooser.edit_slots);
    const size_t total = choice.rows.size() * slots;
    std::vector<int32_t> ids(total, static_cast<int32_t>(vocab_size));
    std::vector<float> added(total, 0.0f), factors(total, 1.0f), subtracted(total, 0.0f), growth(total, 0.0f);
    for (size_t row = 0; row < choice.rows.size(); ++row) {
      const std::vector<LogitEdit>& edits = choice.rows[row].edits;
      if (edits.size() > slots)
        throw Error(ErrorCode::kInvalidArgument, "sampling",
                    fmt::format("row {} has {} logits to edit, the program was made for {}", row,
                                edits.size(), slots));
      size_t slot = row * slots;
      for (const LogitEdit& edit : edits) {
        if (edit.id < 0 || edit.id >= vocab_size) continue;
        ids[slot] = edit.id;
        added[slot] = edit.added;
        factors[slot] = edit.factor;
        subtracted[slot] = edit.subtracted;
        growth[slot] = edit.growth;
        ++slot;
      }
    }
    const std::initializer_list<int64_t> dims = {batch, chooser.edit_slots};
    inputs.push_back(HostTensor::from<int32_t>(dims, ids));
    for (const std::vector<float>* numbers : {&added, &factors, &subtracted, &growth})
      inputs.push_back(HostTensor::from<float>(dims, *numbers));
  }
  if (chooser.samples) {
    for (const double option : {config.temperature, config.top_p, config.min_p.value_or(0.0)})
      inputs.push_back(HostTensor::from<float>({}, {static_cast<float>(option)}));
    const std::vector<float> points(choice.points.begin(), choice.points.end());
    inputs.push_back(HostTensor::from<float>({batch}, points));
  }
  return inputs;
}

}  // namespace easydel::generation
