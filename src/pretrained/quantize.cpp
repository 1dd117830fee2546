#include "pretrained/quantize.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "easydel/error.h"
#include "nn/partition_rules.h"

namespace easydel {
namespace {

constexpr std::string_view kKey = "quantization_config";
constexpr std::string_view kMethod = "easydel";

}  // namespace

TargetMatcher::TargetMatcher(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {
  if (patterns_.empty()) patterns_ = {"kernel", "embedding"};
  for (const std::string& pattern : patterns_) {
    try {
      compiled_.emplace_back(pattern);
    } catch (const std::regex_error& error) {
      throw Error(ErrorCode::kInvalidArgument, "quantize",
                  fmt::format("\"{}\" is not a regular expression: {}", pattern, error.what()));
    }
  }
}

bool TargetMatcher::match(const nn::ParameterSet& parameters, const nn::ParameterSpec& spec) const {
  if (!nn::is_quantizable(spec.role) || spec.dims.size() != 2) return false;
  const std::string path = nn::flax_path(parameters, spec);
  return std::ranges::any_of(compiled_,
                             [&](const std::regex& pattern) { return std::regex_search(path, pattern); });
}

StoredQuantization stored_quantization(const EDPretrainedConfig& config) {
  const EDPretrainedConfig section = config.section(kKey);
  if (section.text("quant_method", "") != kMethod) return {};
  return {&quantization::format(section.text("format")), section.texts("fields")};
}

void set_stored_quantization(EDPretrainedConfig& config, const StoredQuantization& quantization) {
  const nlohmann::json section = {
      {"quant_method", kMethod}, {"format", quantization.format->name}, {"fields", quantization.patterns}};
  config.set(kKey, section.dump());
}

}  // namespace easydel
