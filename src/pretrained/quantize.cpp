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

TargetMatcher::TargetMatcher(std::vector<std::string> patterns)
    : is_default_(patterns.empty()), patterns_(std::move(patterns)) {
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

const quantization::Format* format_of(const nn::Module& module, const nn::ParameterSpec& spec,
                                      const quantization::Format& wanted, const TargetMatcher& targets) {
  if (!targets.match(module.parameters(), spec)) return nullptr;
  const quantization::Format& int8 = quantization::format("int8");
  const bool is_of_tokens =
      spec.role == nn::ParameterRole::kEmbedding || spec.name == module.output_embedding_name();
  const bool is_coarser = wanted.bytes_per_weight() < 0.9 * int8.bytes_per_weight();
  return is_of_tokens && is_coarser && targets.is_default() ? &int8 : &wanted;
}

const quantization::Format* StoredQuantization::format_of(std::string_view name) const {
  const auto found = exceptions.find(name);
  return found == exceptions.end() ? format : found->second;
}

StoredQuantization stored_quantization(const EDPretrainedConfig& config) {
  const EDPretrainedConfig section = config.section(kKey);
  if (section.text("quant_method", "") != kMethod) return {};
  StoredQuantization stored = {&quantization::format(section.text("format")), section.texts("fields"), {}};
  const EDPretrainedConfig exceptions = section.section("exceptions");
  for (const auto& entry : exceptions.json().items())
    stored.exceptions.emplace(entry.key(), &quantization::format(exceptions.text(entry.key())));
  return stored;
}

void set_stored_quantization(EDPretrainedConfig& config, const quantization::Format& format,
                             const std::vector<std::string>& patterns, const nn::ParameterSet& parameters) {
  nlohmann::json section = {{"quant_method", kMethod}, {"format", format.name}, {"fields", patterns}};
  for (const nn::ParameterSpec& spec : parameters.specs())
    if (spec.format != nullptr && spec.format->name != format.name)
      section["exceptions"][spec.name] = spec.format->name;
  config.set(kKey, section.dump());
}

}  // namespace easydel
