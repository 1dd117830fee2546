// Which weights of a model are quantized, and what config.json says of it.
//
//   const TargetMatcher targets(options.bit_targeted_params);
//   spec.format = format_of(module, spec, quantization::format("int4"), targets);
#pragma once

#include <map>
#include <regex>
#include <string>
#include <vector>

#include "easydel/config.h"
#include "nn/module.h"

namespace easydel {

/// Matrices and embeddings whose Flax path one of the patterns is found in. Norms, biases and routers are never
/// quantized.
class TargetMatcher {
 public:
  /// No patterns: EasyDeL's, "kernel" and "embedding". Error(kInvalidArgument) for one that is no regular expression.
  explicit TargetMatcher(std::vector<std::string> patterns);
  bool match(const nn::ParameterSet& parameters, const nn::ParameterSpec& spec) const;
  const std::vector<std::string>& patterns() const { return patterns_; }
  /// Whether the patterns are EasyDeL's because none were given.
  bool is_default() const { return is_default_; }

 private:
  bool is_default_;
  std::vector<std::string> patterns_;
  std::vector<std::regex> compiled_;
};

/// The format of a weight where `wanted` is asked for; null: none. Embeddings and heads, whose every row stands for a
/// token, are kept in int8 where the format has fewer bits, unless patterns that were given name them.
const quantization::Format* format_of(const nn::Module& module, const nn::ParameterSpec& spec,
                                      const quantization::Format& wanted, const TargetMatcher& targets);

/// What `quantization_config` of a configuration says of weights in one of our formats.
struct StoredQuantization {
  const quantization::Format* format = nullptr;  ///< null: they are not quantized, or by another's method
  std::vector<std::string> patterns;
  std::map<std::string, const quantization::Format*, std::less<>> exceptions;  ///< by name, of another format

  /// The format of a weight, if it is quantized.
  const quantization::Format* format_of(std::string_view name) const;
};
StoredQuantization stored_quantization(const EDPretrainedConfig& config);
/// Says that weights of `parameters` are in `format`, or in another one that they have.
void set_stored_quantization(EDPretrainedConfig& config, const quantization::Format& format,
                             const std::vector<std::string>& patterns, const nn::ParameterSet& parameters);

}  // namespace easydel
