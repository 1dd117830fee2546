// RotaryOptions: the rotary embedding that a configuration asks for, in Transformers 4's spelling (`rope_theta`,
// `rope_scaling`) or 5's (`rope_parameters`).
//
//   auto options = RotaryOptions::from(config, /*head_dim=*/64, /*max_position_embeddings=*/131072);
//   std::vector<float> frequencies = inverse_frequencies(options);        // radians per position, one per pair
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "easydel/config.h"

namespace easydel::nn {

/// How angles change past the length that a model was trained on.
enum class RopeKind : uint8_t {
  kDefault,       ///< not at all: Su et al. 2021, arXiv:2104.09864
  kLinear,        ///< positions divided by `factor`: Chen et al. 2023, arXiv:2306.15595
  kDynamic,       ///< the base grows with the text's length ("dynamic NTK")
  kYarn,          ///< slow pairs stretched, fast ones kept: Peng et al. 2023, arXiv:2309.00071
  kLongRope,      ///< a factor per pair, from one of two lists by length: Ding et al. 2024, arXiv:2402.13753
  kLlama3,        ///< slow pairs stretched by wavelength: Llama 3.1
  kProportional,  ///< the first share of the pairs turns, the rest stays still
};

struct RotaryOptions {
  RopeKind kind = RopeKind::kDefault;
  int64_t head_dim = 0;
  int64_t rotary_dim = 0;         ///< elements of a head that take part; the rest pass through
  double theta = 10000.0;         ///< the base of the wavelengths
  double factor = 1.0;            ///< how much longer texts may become
  double attention_factor = 1.0;  ///< multiplies cos and sin
  int64_t max_position_embeddings = 0;
  int64_t original_max_position_embeddings = 0;  ///< before the stretch: yarn, longrope, llama3
  double beta_fast = 32.0, beta_slow = 1.0;  ///< yarn: rotations over the original length at the ramp's ends
  bool truncate = true;                      ///< yarn: the ramp's ends are whole pairs
  double low_freq_factor = 1.0, high_freq_factor = 4.0;  ///< llama3
  double rotating_share = 1.0;                           ///< proportional: the pairs that turn
  std::vector<double> short_factor, long_factor;         ///< longrope: one per pair

  int64_t pairs() const { return rotary_dim / 2; }
  /// The longest text that the embedding is made for: files of linear, dynamic and often yarn embeddings keep the
  /// length before the stretch in max_position_embeddings. Dynamic ones have no end.
  int64_t max_positions() const;
  /// Equal for options that make the same tables.
  std::string to_string() const;

  /// `theta` is that of a file without one. Errors name the key of the configuration. Parameters nested by layer type are
  /// Error(kUnsupported).
  static RotaryOptions from(const EDPretrainedConfig& config, int64_t head_dim,
                            int64_t max_position_embeddings, double theta = 10000.0);
};

/// Radians per position of each pair, for a text of `length` tokens (only dynamic and longrope depend on it; 0 is a
/// short text). f32 arithmetic in the order in which Transformers does it.
std::vector<float> inverse_frequencies(const RotaryOptions& options, int64_t length = 0);

}  // namespace easydel::nn
