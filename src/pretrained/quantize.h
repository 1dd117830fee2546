// Which weights of a model are quantized, and what config.json says of it.
//
//   const TargetMatcher targets(options.bit_targeted_params);
//   if (targets.match(parameters, spec)) spec.format = &quantization::format("int8");
#pragma once

#include <regex>
#include <string>
#include <vector>

#include "easydel/config.h"
#include "nn/parameters.h"

namespace easydel {

/// Matrices and embeddings whose Flax path one of the patterns is found in. Norms, biases and routers are never
/// quantized.
class TargetMatcher {
 public:
  /// No patterns: EasyDeL's, "kernel" and "embedding". Error(kInvalidArgument) for one that is no regular expression.
  explicit TargetMatcher(std::vector<std::string> patterns);
  bool match(const nn::ParameterSet& parameters, const nn::ParameterSpec& spec) const;
  const std::vector<std::string>& patterns() const { return patterns_; }

 private:
  std::vector<std::string> patterns_;
  std::vector<std::regex> compiled_;
};

/// What `quantization_config` of a configuration says of weights in one of our formats.
struct StoredQuantization {
  const quantization::Format* format = nullptr;  ///< null: they are not quantized, or by another's method
  std::vector<std::string> patterns;
};
StoredQuantization stored_quantization(const EDPretrainedConfig& config);
void set_stored_quantization(EDPretrainedConfig& config, const StoredQuantization& quantization);

}  // namespace easydel
