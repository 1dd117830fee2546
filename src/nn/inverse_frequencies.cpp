// The frequencies of each kind of rotary embedding, in the order of operations of Transformers'
// modeling_rope_utils.py, so that f32 results agree to the last bits.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "nn/rotary_options.h"

namespace easydel::nn {
namespace {

/// theta^(-2i / dim) for the first `pairs` pairs.
std::vector<float> plain(double theta, int64_t pairs, int64_t dim) {
  std::vector<float> frequencies;
  for (int64_t i = 0; i < pairs; ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(dim);
    frequencies.push_back(1.0f / std::pow(static_cast<float>(theta), exponent));
  }
  return frequencies;
}

std::vector<float> divided(std::vector<float> frequencies, double factor) {
  for (float& frequency : frequencies) frequency /= static_cast<float>(factor);
  return frequencies;
}

std::vector<float> proportional(const RotaryOptions& o) {
  const auto turning = static_cast<int64_t>(o.rotating_share * static_cast<double>(o.head_dim) / 2);
  std::vector<float> frequencies = divided(plain(o.theta, turning, o.head_dim), o.factor);
  frequencies.resize(static_cast<size_t>(o.pairs()), 0.0f);
  return frequencies;
}

std::vector<float> dynamic(const RotaryOptions& o, int64_t length) {
  const auto most = static_cast<double>(o.max_position_embeddings), dim = static_cast<double>(o.rotary_dim);
  const double stretch = o.factor * std::max(static_cast<double>(length), most) / most - (o.factor - 1);
  return plain(o.theta * std::pow(stretch, dim / (dim - 2)), o.pairs(), o.rotary_dim);
}

/// The pair that makes `rotations` turns over the original length.
double yarn_pair(const RotaryOptions& o, double rotations) {
  const double turns =
      static_cast<double>(o.original_max_position_embeddings) / (rotations * 2 * std::numbers::pi);
  return static_cast<double>(o.rotary_dim) * std::log(turns) / (2 * std::log(o.theta));
}

std::vector<float> yarn(const RotaryOptions& o) {
  double low = yarn_pair(o, o.beta_fast), high = yarn_pair(o, o.beta_slow);
  if (o.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(o.rotary_dim - 1));
  if (low == high) high += 0.001;

  std::vector<float> frequencies;
  for (int64_t i = 0; i < o.pairs(); ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(o.rotary_dim);
    const float wavelength = std::pow(static_cast<float>(o.theta), exponent);
    const float ramp = (static_cast<float>(i) - static_cast<float>(low)) / static_cast<float>(high - low);
    const float kept = 1.0f - std::clamp(ramp, 0.0f, 1.0f);
    const float stretched = 1.0f / (static_cast<float>(o.factor) * wavelength);
    frequencies.push_back(stretched * (1.0f - kept) + (1.0f / wavelength) * kept);
  }
  return frequencies;
}

std::vector<float> longrope(const RotaryOptions& o, int64_t length) {
  const std::vector<double>& factors =
      length > o.original_max_position_embeddings ? o.long_factor : o.short_factor;
  std::vector<float> frequencies;
  for (int64_t i = 0; i < o.pairs(); ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(o.rotary_dim);
    const float wavelength = std::pow(static_cast<float>(o.theta), exponent);
    frequencies.push_back(1.0f / (static_cast<float>(factors[static_cast<size_t>(i)]) * wavelength));
  }
  return frequencies;
}

std::vector<float> llama3(const RotaryOptions& o) {
  const auto original = static_cast<float>(o.original_max_position_embeddings);
  const auto factor = static_cast<float>(o.factor);
  const auto low = static_cast<float>(o.low_freq_factor), high = static_cast<float>(o.high_freq_factor);
  std::vector<float> frequencies = plain(o.theta, o.pairs(), o.rotary_dim);
  for (float& frequency : frequencies) {
    const float wavelength = static_cast<float>(2 * std::numbers::pi) / frequency;
    if (wavelength > original / low) {
      frequency /= factor;
    } else if (wavelength >= original / high) {
      const float smooth = (original / wavelength - low) / (high - low);
      frequency = (1 - smooth) * frequency / factor + smooth * frequency;
    }
  }
  return frequencies;
}

}  // namespace

std::vector<float> inverse_frequencies(const RotaryOptions& options, int64_t length) {
  switch (options.kind) {
    case RopeKind::kLinear:
      return divided(plain(options.theta, options.pairs(), options.rotary_dim), options.factor);
    case RopeKind::kDynamic:
      return dynamic(options, length);
    case RopeKind::kYarn:
      return yarn(options);
    case RopeKind::kLongRope:
      return longrope(options, length);
    case RopeKind::kLlama3:
      return llama3(options);
    case RopeKind::kProportional:
      return proportional(options);
    case RopeKind::kDefault:
      break;
  }
  return plain(options.theta, options.pairs(), options.rotary_dim);
}

}  // namespace easydel::nn
