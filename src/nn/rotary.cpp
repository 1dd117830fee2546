#include "nn/rotary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops.h"

namespace easydel::nn {
namespace {

constexpr std::array<std::string_view, 6> kTypes = {"default", "linear",   "dynamic",
                                                    "yarn",    "longrope", "llama3"};

/// theta^(2i / dim): the wavelengths of the default kind, over 2 pi. Rounded to f32 where Transformers
/// rounds, since at position 100,000 one unit in the last place turns a head by hundredths of a radian.
std::vector<float> default_wavelengths(double theta, int64_t dim) {
  std::vector<float> wavelengths;
  for (int64_t i = 0; i < dim; i += 2) {
    const float exponent = static_cast<float>(i) / static_cast<float>(dim);
    wavelengths.push_back(static_cast<float>(std::pow(theta, static_cast<double>(exponent))));
  }
  return wavelengths;
}

std::vector<float> reciprocals(std::vector<float> wavelengths) {
  for (float& wavelength : wavelengths) wavelength = 1.0f / wavelength;
  return wavelengths;
}

/// Peng et al. 2023, arXiv:2309.00071: interpolates the slow dimensions, keeps the fast ones, blends between.
std::vector<float> yarn_frequencies(const RopeOptions& o) {
  const auto dim = static_cast<double>(o.rotary_dim());
  const auto correction_dim = [&](double rotations) {
    const double turns =
        static_cast<double>(o.original_max_position_embeddings) / (rotations * 2 * std::numbers::pi);
    return dim * std::log(turns) / (2 * std::log(o.theta));
  };
  double low = correction_dim(o.beta_fast), high = correction_dim(o.beta_slow);
  if (o.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dim - 1);
  if (low == high) high += 0.001;
  std::vector<float> frequencies;
  double i = 0;
  for (const float wavelength : default_wavelengths(o.theta, o.rotary_dim())) {
    const double interpolated = std::clamp((i++ - low) / (high - low), 0.0, 1.0);
    frequencies.push_back(
        static_cast<float>(interpolated / (o.factor * wavelength) + (1 - interpolated) / wavelength));
  }
  return frequencies;
}

/// Llama 3.1: divides the frequencies of long wavelengths by `factor`, with a smooth passage.
std::vector<float> llama3_frequencies(const RopeOptions& o) {
  const auto context = static_cast<double>(o.original_max_position_embeddings);
  std::vector<float> frequencies;
  for (const float wavelength : default_wavelengths(o.theta, o.rotary_dim())) {
    const double frequency = 1.0f / wavelength;
    const double turns = context * frequency / (2 * std::numbers::pi);
    const double kept =
        std::clamp((turns - o.low_freq_factor) / (o.high_freq_factor - o.low_freq_factor), 0.0, 1.0);
    frequencies.push_back(static_cast<float>((1 - kept) * frequency / o.factor + kept * frequency));
  }
  return frequencies;
}

std::vector<float> longrope_frequencies(const RopeOptions& o, const std::vector<double>& factors) {
  std::vector<float> wavelengths = default_wavelengths(o.theta, o.rotary_dim());
  for (size_t i = 0; i < wavelengths.size(); ++i) wavelengths[i] *= static_cast<float>(factors[i]);
  return reciprocals(std::move(wavelengths));
}

double yarn_mscale(double factor, double mscale) {
  return factor <= 1 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0;
}

double yarn_attention_factor(const EDPretrainedConfig& rope, double factor) {
  if (rope.has("attention_factor")) return rope.number("attention_factor");
  const double mscale = rope.number("mscale", 0.0), mscale_all_dim = rope.number("mscale_all_dim", 0.0);
  if (mscale != 0 && mscale_all_dim != 0)
    return yarn_mscale(factor, mscale) / yarn_mscale(factor, mscale_all_dim);
  return yarn_mscale(factor, 1.0);
}

double longrope_attention_factor(const EDPretrainedConfig& rope, double factor, int64_t original) {
  if (rope.has("attention_factor")) return rope.number("attention_factor");
  return factor <= 1 ? 1.0 : std::sqrt(1 + std::log(factor) / std::log(static_cast<double>(original)));
}

void require_positive(const EDPretrainedConfig& rope, std::string_view key, double value) {
  if (!(value > 0))
    throw Error(ErrorCode::kCorruptFile, "rope",
                fmt::format("\"{}\" of type \"{}\" is {}; it must be above 0", key,
                            rope.text("rope_type", "default"), value));
}

std::vector<double> length_factors(const EDPretrainedConfig& rope, std::string_view key, int64_t count) {
  std::vector<double> factors = rope.numbers(key);
  if (factors.size() != static_cast<size_t>(count))
    throw Error(ErrorCode::kCorruptFile, "rope",
                fmt::format("\"{}\" has {} entries; this head needs {}", key, factors.size(), count));
  for (const double factor : factors) require_positive(rope, key, factor);
  return factors;
}

Value frequencies_constant(Graph& graph, const std::vector<float>& frequencies) {
  return graph.constant(
      HostTensor::from<float>({1, 1, static_cast<int64_t>(frequencies.size())}, frequencies));
}

/// max(position_ids) + 1 as an f32 scalar.
Value text_length(Step& step) {
  const std::vector<int64_t> both = {0, 1};
  return convert(reduce(step.position_ids, ReduceKind::kMax, both), DType::kF32) + 1.0;
}

/// NTK-aware scaling that grows with the text: theta * (factor * length / max - (factor - 1)) ^ (dim / (dim -
/// 2)).
Value dynamic_frequencies(const RopeOptions& o, Step& step) {
  const auto dim = static_cast<double>(o.rotary_dim());
  const auto max_positions = static_cast<double>(o.max_position_embeddings);
  const Value length = maximum(text_length(step), scalar(step.graph, max_positions, DType::kF32));
  const Value stretch = length * (o.factor / max_positions) - (o.factor - 1);
  const Value theta = power(stretch, scalar(step.graph, dim / (dim - 2), DType::kF32)) * o.theta;
  const Value index = iota(step.graph, Shape(DType::kF32, {1, 1, o.rotary_dim() / 2}), 2);
  return 1.0 / power(theta, index * 2.0 / dim);
}

Value frequencies_in(const RopeOptions& o, Step& step) {
  if (o.type == "dynamic") return dynamic_frequencies(o, step);
  if (o.type != "longrope") return frequencies_constant(step.graph, inverse_frequencies(o, 0));
  const auto original = static_cast<double>(o.original_max_position_embeddings);
  const Value is_long =
      compare(text_length(step), scalar(step.graph, original, DType::kF32), CompareDirection::kGt);
  return select(is_long, frequencies_constant(step.graph, longrope_frequencies(o, o.long_factor)),
                frequencies_constant(step.graph, longrope_frequencies(o, o.short_factor)));
}

}  // namespace

RopeOptions RopeOptions::from(const EDPretrainedConfig& config, int64_t head_dim) {
  const bool v5 = config.has("rope_parameters");
  const EDPretrainedConfig rope = config.section(v5 ? "rope_parameters" : "rope_scaling");
  RopeOptions o{.head_dim = head_dim};
  o.type = rope.text("rope_type", rope.text("type", "default"));
  if (o.type == "su") o.type = "longrope";  // Phi-3's first name for it
  if (std::find(kTypes.begin(), kTypes.end(), o.type) == kTypes.end())
    throw Error(ErrorCode::kUnsupported, "rope",
                fmt::format("rope type \"{}\" is not known; known: {}", o.type, fmt::join(kTypes, ", ")));
  o.theta = rope.number("rope_theta", config.number("rope_theta", 10000.0));
  require_positive(rope, "rope_theta", o.theta);
  o.partial_rotary_factor = rope.number("partial_rotary_factor", config.number("partial_rotary_factor", 1.0));
  if (!(o.partial_rotary_factor > 0 && o.partial_rotary_factor <= 1) || o.rotary_dim() % 2 != 0 ||
      o.rotary_dim() < 2)
    throw Error(
        ErrorCode::kCorruptFile, "rope",
        fmt::format(
            "partial_rotary_factor {} of head_dim {} gives {} rotated elements; they must be even, and "
            "at least 2",
            o.partial_rotary_factor, head_dim, o.rotary_dim()));
  o.max_position_embeddings = config.integer("max_position_embeddings", 2048, 1);
  o.original_max_position_embeddings =
      rope.integer("original_max_position_embeddings",
                   config.integer("original_max_position_embeddings", o.max_position_embeddings, 1), 1);
  const double ratio = static_cast<double>(o.max_position_embeddings) /
                       static_cast<double>(o.original_max_position_embeddings);
  const bool may_lack_factor = o.type == "default" || o.type == "yarn" || o.type == "longrope";
  o.factor = may_lack_factor ? rope.number("factor", ratio) : rope.number("factor");
  require_positive(rope, "factor", o.factor);
  if (o.type == "yarn") {
    o.attention_factor = yarn_attention_factor(rope, o.factor);
    o.beta_fast = rope.number("beta_fast", 32.0);
    o.beta_slow = rope.number("beta_slow", 1.0);
    o.truncate = rope.boolean("truncate", true);
  } else if (o.type == "longrope") {
    o.attention_factor = longrope_attention_factor(rope, o.factor, o.original_max_position_embeddings);
    o.short_factor = length_factors(rope, "short_factor", o.rotary_dim() / 2);
    o.long_factor = length_factors(rope, "long_factor", o.rotary_dim() / 2);
  } else if (o.type == "llama3") {
    o.low_freq_factor = rope.number("low_freq_factor");
    o.high_freq_factor = rope.number("high_freq_factor");
    if (!(o.high_freq_factor > o.low_freq_factor))
      throw Error(ErrorCode::kCorruptFile, "rope",
                  fmt::format("high_freq_factor {} must be above low_freq_factor {}", o.high_freq_factor,
                              o.low_freq_factor));
  }
  return o;
}

std::vector<float> inverse_frequencies(const RopeOptions& o, int64_t length) {
  if (o.type == "yarn") return yarn_frequencies(o);
  if (o.type == "llama3") return llama3_frequencies(o);
  if (o.type == "longrope")
    return longrope_frequencies(o,
                                length > o.original_max_position_embeddings ? o.long_factor : o.short_factor);
  double theta = o.theta;
  if (o.type == "dynamic") {
    const auto dim = static_cast<double>(o.rotary_dim());
    const auto max_positions = static_cast<double>(o.max_position_embeddings);
    const double reach = std::max(static_cast<double>(length), max_positions);
    theta *= std::pow(o.factor * reach / max_positions - (o.factor - 1), dim / (dim - 2));
  }
  std::vector<float> frequencies = reciprocals(default_wavelengths(theta, o.rotary_dim()));
  if (o.type == "linear")
    for (float& frequency : frequencies) frequency /= static_cast<float>(o.factor);
  return frequencies;
}

std::pair<Value, Value> rotary_tables(const RopeOptions& o, Step& step) {
  const std::string key = fmt::format("{} {} {} {}", o.type, o.theta, o.rotary_dim(), o.factor);
  const auto [entry, is_new] = step.rotary_tables.try_emplace(key);
  if (is_new) {
    const Value positions = reshape(convert(step.position_ids, DType::kF32),
                                    {step.position_ids.dim(0), step.position_ids.dim(1), 1});
    const Value angles = positions * frequencies_in(o, step);
    entry->second = {cosine(angles), sine(angles)};
    if (o.attention_factor != 1.0)
      entry->second = {entry->second.first * o.attention_factor, entry->second.second * o.attention_factor};
  }
  return entry->second;
}

}  // namespace easydel::nn
