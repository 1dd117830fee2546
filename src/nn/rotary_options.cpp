#include "nn/rotary_options.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel::nn {
namespace {

struct KindName {
  std::string_view name;
  RopeKind kind;
};
constexpr KindName kKindNames[] = {
    {"default", RopeKind::kDefault},
    {"linear", RopeKind::kLinear},
    {"dynamic", RopeKind::kDynamic},
    {"yarn", RopeKind::kYarn},
    {"longrope", RopeKind::kLongRope},
    {"llama3", RopeKind::kLlama3},
    {"su", RopeKind::kLongRope},  // the name that early Phi-3 files use
    {"proportional", RopeKind::kProportional},
};

[[noreturn]] void fail(ErrorCode code, const std::string& detail) {
  throw Error(code, "rotary embedding", detail);
}

RopeKind parse_kind(const std::string& name) {
  for (const KindName& entry : kKindNames)
    if (entry.name == name) return entry.kind;
  std::vector<std::string_view> known;
  for (const KindName& entry : kKindNames) known.push_back(entry.name);
  fail(ErrorCode::kUnsupported, fmt::format("rope_type \"{}\" is not one that this build knows; it knows {}",
                                            name, fmt::join(known, ", ")));
}

/// The section that holds the parameters: Transformers reads rope_scaling first where a file has both.
std::string section_name(const EDPretrainedConfig& config) {
  for (const char* key : {"rope_scaling", "rope_parameters"})
    if (config.has(key) && !config.section(key).json().empty()) return key;
  return "rope_parameters";
}

void refuse_nesting(const EDPretrainedConfig& section, std::string_view name) {
  for (const auto& [key, value] : section.json().items())
    if (value.is_object())
      fail(ErrorCode::kUnsupported,
           fmt::format(
               "{} is nested by layer type (key \"{}\"); this model takes one set of parameters for all "
               "layers",
               name, key));
}

/// Each list must hold a factor per pair.
std::vector<double> pair_factors(const EDPretrainedConfig& section, const char* key, int64_t pairs) {
  std::vector<double> factors = section.numbers(key);
  if (factors.size() != static_cast<size_t>(pairs))
    fail(ErrorCode::kCorruptFile,
         fmt::format("{} holds {} factors; longrope needs one for each of the {} pairs", key, factors.size(),
                     pairs));
  for (const double factor : factors)
    if (!(factor > 0))
      fail(ErrorCode::kCorruptFile, fmt::format("{} holds {}; factors are above 0", key, factor));
  return factors;
}

double positive(const EDPretrainedConfig& section, const char* key,
                std::optional<double> fallback = std::nullopt) {
  const double value = section.number(key, fallback);
  if (!(value > 0)) fail(ErrorCode::kCorruptFile, fmt::format("{} is {}; it must be above 0", key, value));
  return value;
}

double yarn_attention_factor(const EDPretrainedConfig& section, double factor) {
  const auto scale = [&](double mscale) { return factor <= 1 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0; };
  const double mscale = section.number("mscale", 0.0), mscale_all_dim = section.number("mscale_all_dim", 0.0);
  return mscale != 0 && mscale_all_dim != 0 ? scale(mscale) / scale(mscale_all_dim) : scale(1.0);
}

double longrope_attention_factor(double factor, int64_t original_length) {
  if (factor <= 1) return 1.0;
  return std::sqrt(1 + std::log(factor) / std::log(static_cast<double>(original_length)));
}

/// The keys that only some kinds have.
void read_kind_parameters(const EDPretrainedConfig& section, RotaryOptions& o) {
  const double stretch = static_cast<double>(o.max_position_embeddings) /
                         static_cast<double>(std::max<int64_t>(1, o.original_max_position_embeddings));
  switch (o.kind) {
    case RopeKind::kDefault:
      break;
    case RopeKind::kLinear:
      o.factor = positive(section, "factor");
      break;
    case RopeKind::kProportional:
      o.factor = positive(section, "factor", 1.0);
      break;
    case RopeKind::kDynamic:
      o.factor = positive(section, "factor");
      if (o.factor < 1)
        fail(ErrorCode::kCorruptFile, fmt::format("factor is {}; dynamic needs at least 1", o.factor));
      if (o.rotary_dim <= 2) fail(ErrorCode::kCorruptFile, "dynamic needs a head_dim above 2");
      break;
    case RopeKind::kYarn:
      o.factor = section.contains("factor") && !section.has("factor") ? stretch : positive(section, "factor");
      o.attention_factor = section.number("attention_factor", yarn_attention_factor(section, o.factor));
      o.beta_fast = positive(section, "beta_fast", o.beta_fast);
      o.beta_slow = positive(section, "beta_slow", o.beta_slow);
      o.truncate = section.boolean("truncate", true);
      if (!(o.theta > 1))
        fail(ErrorCode::kCorruptFile, fmt::format("rope_theta is {}; yarn needs more than 1", o.theta));
      break;
    case RopeKind::kLongRope:
      o.factor = positive(section, "factor", stretch);
      o.attention_factor = section.number(
          "attention_factor", longrope_attention_factor(o.factor, o.original_max_position_embeddings));
      o.short_factor = pair_factors(section, "short_factor", o.pairs());
      o.long_factor = pair_factors(section, "long_factor", o.pairs());
      break;
    case RopeKind::kLlama3:
      o.factor = positive(section, "factor");
      o.low_freq_factor = positive(section, "low_freq_factor");
      o.high_freq_factor = positive(section, "high_freq_factor");
      if (o.low_freq_factor == o.high_freq_factor)
        fail(ErrorCode::kCorruptFile, "low_freq_factor and high_freq_factor must differ");
      break;
  }
}

}  // namespace

RotaryOptions RotaryOptions::from(const EDPretrainedConfig& config, int64_t head_dim,
                                  int64_t max_position_embeddings, double theta) {
  const std::string name = section_name(config);
  const EDPretrainedConfig section = config.section(name);
  refuse_nesting(section, name);

  RotaryOptions o;
  o.kind = parse_kind(section.text("rope_type", section.text("type", "default")));
  o.head_dim = head_dim;
  o.theta =
      section.has("rope_theta") ? positive(section, "rope_theta") : positive(config, "rope_theta", theta);
  o.max_position_embeddings = max_position_embeddings;
  // Transformers gives the key beside rope_parameters priority over the one inside (Phi-3 files have it there).
  const EDPretrainedConfig& holder = config.has("original_max_position_embeddings") ? config : section;
  o.original_max_position_embeddings =
      holder.integer("original_max_position_embeddings", max_position_embeddings, 1);

  const double share = section.number("partial_rotary_factor", config.number("partial_rotary_factor", 1.0));
  if (!(share > 0 && share <= 1))
    fail(ErrorCode::kCorruptFile,
         fmt::format("partial_rotary_factor is {}; it must be above 0 and at most 1", share));
  const auto rotating = static_cast<int64_t>(static_cast<double>(head_dim) * share);
  o.rotary_dim = o.kind == RopeKind::kProportional ? head_dim : rotating;
  if (o.rotary_dim < 2 || o.rotary_dim % 2 != 0)
    fail(ErrorCode::kCorruptFile,
         fmt::format(
             "{} of {} elements of a head would rotate; head_dim times partial_rotary_factor must be even",
             o.rotary_dim, head_dim));
  if (o.kind == RopeKind::kProportional) o.rotating_share = share;
  read_kind_parameters(section, o);
  return o;
}

int64_t RotaryOptions::max_positions() const {
  constexpr int64_t kNoEnd = std::numeric_limits<int32_t>::max();
  const auto stretched = [&](int64_t length) {
    return static_cast<int64_t>(
        std::clamp(static_cast<double>(length) * factor, 1.0, static_cast<double>(kNoEnd)));
  };
  switch (kind) {
    case RopeKind::kDynamic:
      return kNoEnd;
    case RopeKind::kLinear:
      return std::max(max_position_embeddings, stretched(max_position_embeddings));
    case RopeKind::kYarn:
      return std::max(max_position_embeddings, stretched(original_max_position_embeddings));
    default:
      return max_position_embeddings;
  }
}

std::string RotaryOptions::to_string() const {
  return fmt::format("{} {}/{} {} {} {} {} {} {} {} {} {} {} {} {} {}", static_cast<int>(kind), rotary_dim,
                     head_dim, theta, factor, attention_factor, max_position_embeddings,
                     original_max_position_embeddings, beta_fast, beta_slow, truncate, low_freq_factor,
                     high_freq_factor, rotating_share, short_factor, long_factor);
}

}  // namespace easydel::nn
