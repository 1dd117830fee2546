#include "generation/device_choice.h"

#include <algorithm>
#include <limits>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops.h"

namespace easydel::generation {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Where `ids` i32 [batch, slots] are in [batch, vocab]: i32 [batch, slots, 2].
Value positions_of(Value ids) {
  const Shape shape(DType::kI32, {ids.dim(0), ids.dim(1), 1});
  return concatenate({iota(ids.graph(), shape, 0), reshape(ids, shape.dims())}, 2);
}

/// apply_edits(). Unused slots hold the id `vocab`, which reads something and writes nothing.
Value edit(Value logits, int64_t slots) {
  Graph& graph = logits.graph();
  const int64_t batch = logits.dim(0);
  const Value ids = graph.parameter("choice.ids", Shape(DType::kI32, {batch, slots}));
  const Value factors = graph.parameter("choice.factors", Shape(DType::kF32, {batch, slots}));
  const Value subtracted = graph.parameter("choice.subtracted", Shape(DType::kF32, {batch, slots}));
  const Value positions = positions_of(ids);
  const Value old = gather(logits, positions,
                           {.offset_dims = {},
                            .collapsed_slice_dims = {0, 1},
                            .start_index_map = {0, 1},
                            .index_vector_dim = 2,
                            .slice_sizes = {1, 1}});
  const Value is_negative = compare(old, full_like(old, 0), CompareDirection::kLt);
  const Value penalized = select(is_negative, old * factors, old / factors);
  const Value is_hidden = compare(subtracted, full_like(old, kInfinity), CompareDirection::kEq);
  return scatter(logits, positions, select(is_hidden, full_like(old, -kInfinity), penalized - subtracted),
                 {.update_window_dims = {},
                  .inserted_window_dims = {0, 1},
                  .scatter_dims_to_operand_dims = {0, 1},
                  .index_vector_dim = 2},
                 ReduceKind::kReplace);
}

/// candidates() and draw() with the top `k` (0: all): logits, where NaN is hidden already, -> i32 [batch].
Value draw(Value logits, int64_t k) {
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
  const Value is_candidate = compare(values, full_like(values, -kInfinity), CompareDirection::kGt);
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

DeviceChooser DeviceChooser::of(const GenerationConfig& config, int64_t text_length, int64_t vocab_size) {
  DeviceChooser chooser{.samples = config.do_sample};
  if (config.do_sample && config.top_k < vocab_size) chooser.top_k = config.top_k;
  if (has_penalties(config) || config.no_repeat_ngram_size > 0) chooser.edit_slots = text_length;
  if (holds_end_back(config)) chooser.edit_slots += static_cast<int64_t>(config.eos_token_id.size());
  chooser.edit_slots = std::min(chooser.edit_slots, vocab_size);
  return chooser;
}

Value trace_choice(Value logits, const DeviceChooser& chooser) {
  if (chooser.edit_slots > 0) logits = edit(logits, chooser.edit_slots);
  const Value is_nan = compare(logits, logits, CompareDirection::kNe);
  logits = select(is_nan, full_like(logits, -kInfinity), logits);
  return chooser.samples ? draw(logits, chooser.top_k) : argmax(logits, 1);
}

std::vector<HostTensor> choice_inputs(const DeviceChooser& chooser, const GenerationConfig& config,
                                      const StepChoice& choice, int64_t vocab_size) {
  std::vector<HostTensor> inputs;
  const auto batch = static_cast<int64_t>(choice.edits.size());
  if (chooser.edit_slots > 0) {
    const auto slots = static_cast<size_t>(chooser.edit_slots);
    const size_t total = choice.edits.size() * slots;
    std::vector<int32_t> ids(total, static_cast<int32_t>(vocab_size));
    std::vector<float> factors(total, 1.0f), subtracted(total, 0.0f);
    for (size_t row = 0; row < choice.edits.size(); ++row) {
      if (choice.edits[row].size() > slots)
        throw Error(ErrorCode::kInvalidArgument, "sampling",
                    fmt::format("row {} has {} logits to edit, the program was made for {}", row,
                                choice.edits[row].size(), slots));
      size_t slot = row * slots;
      for (const LogitEdit& edit : choice.edits[row]) {
        if (edit.id < 0 || edit.id >= vocab_size) continue;
        ids[slot] = edit.id;
        factors[slot] = edit.factor;
        subtracted[slot] = edit.subtracted;
        ++slot;
      }
    }
    const std::initializer_list<int64_t> dims = {batch, chooser.edit_slots};
    inputs.push_back(HostTensor::from<int32_t>(dims, ids));
    inputs.push_back(HostTensor::from<float>(dims, factors));
    inputs.push_back(HostTensor::from<float>(dims, subtracted));
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
