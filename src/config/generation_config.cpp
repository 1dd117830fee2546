#include "easydel/generation_config.h"

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "base/json_file.h"
#include "easydel/config.h"
#include "easydel/error.h"
#include "io/hub/snapshot.h"

namespace easydel {
namespace {

constexpr std::string_view kGenerationConfigFile = "generation_config.json";

/// Every field with the key of its name, for what reads, writes or compares them.
template <typename Config, typename Visit>
void for_each_field(Config& config, Visit&& visit) {
  visit("max_new_tokens", config.max_new_tokens);
  visit("max_length", config.max_length);
  visit("min_new_tokens", config.min_new_tokens);
  visit("min_length", config.min_length);
  visit("max_time", config.max_time);
  visit("do_sample", config.do_sample);
  visit("temperature", config.temperature);
  visit("top_k", config.top_k);
  visit("top_p", config.top_p);
  visit("min_p", config.min_p);
  visit("typical_p", config.typical_p);
  visit("top_h", config.top_h);
  visit("epsilon_cutoff", config.epsilon_cutoff);
  visit("eta_cutoff", config.eta_cutoff);
  visit("repetition_penalty", config.repetition_penalty);
  visit("encoder_repetition_penalty", config.encoder_repetition_penalty);
  visit("presence_penalty", config.presence_penalty);
  visit("frequency_penalty", config.frequency_penalty);
  visit("no_repeat_ngram_size", config.no_repeat_ngram_size);
  visit("encoder_no_repeat_ngram_size", config.encoder_no_repeat_ngram_size);
  visit("bad_words_ids", config.bad_words_ids);
  visit("sequence_bias", config.sequence_bias);
  visit("suppress_tokens", config.suppress_tokens);
  visit("begin_suppress_tokens", config.begin_suppress_tokens);
  visit("forced_bos_token_id", config.forced_bos_token_id);
  visit("forced_eos_token_id", config.forced_eos_token_id);
  visit("forced_decoder_ids", config.forced_decoder_ids);
  visit("exponential_decay_length_penalty", config.exponential_decay_length_penalty);
  visit("remove_invalid_values", config.remove_invalid_values);
  visit("renormalize_logits", config.renormalize_logits);
  visit("num_beams", config.num_beams);
  visit("length_penalty", config.length_penalty);
  visit("early_stopping", config.early_stopping);
  visit("num_return_sequences", config.num_return_sequences);
  visit("eos_token_id", config.eos_token_id);
  visit("pad_token_id", config.pad_token_id);
  visit("bos_token_id", config.bos_token_id);
  visit("stop_strings", config.stop_strings);
  visit("seed", config.seed);
}

/// Reads a field; a missing or null key leaves it as it is.
class Reader {
 public:
  explicit Reader(const EDPretrainedConfig& keys) : keys_(keys) {}

  template <typename Field>
  void operator()(const char* key, Field& field) const {
    if (keys_.has(key)) read(key, field);
  }

 private:
  void read(const char* key, int64_t& field) const { field = keys_.integer(key); }
  void read(const char* key, double& field) const { field = keys_.number(key); }
  void read(const char* key, bool& field) const { field = keys_.boolean(key); }
  void read(const char* key, std::optional<int64_t>& field) const { field = keys_.integer(key); }
  void read(const char* key, std::optional<double>& field) const { field = keys_.number(key); }
  void read(const char* key, std::optional<uint64_t>& field) const {
    field = static_cast<uint64_t>(keys_.integer(key, std::nullopt, 0, std::numeric_limits<int64_t>::max()));
  }
  void read(const char* key, std::vector<int32_t>& field) const { field = keys_.token_ids(key); }
  void read(const char* key, std::optional<int32_t>& field) const {
    const std::vector<int32_t> ids = keys_.token_ids(key);
    if (!ids.empty()) field = ids.front();
  }
  void read(const char* key, std::vector<std::string>& field) const {
    field = value(key).is_string() ? std::vector{keys_.text(key)} : keys_.texts(key);
  }
  void read(const char* key, EarlyStopping& field) const {
    if (value(key).is_boolean())
      field = value(key).get<bool>() ? EarlyStopping::kYes : EarlyStopping::kNo;
    else if (value(key) == "never")
      field = EarlyStopping::kNever;
    else
      fail(key, "true, false or \"never\"");
  }
  void read(const char* key, std::vector<std::vector<int32_t>>& field) const {
    for (const nlohmann::json& ids : list(key, "a list of lists of token ids"))
      field.push_back(token_ids(key, ids));
  }
  void read(const char* key, std::vector<SequenceBias>& field) const {
    constexpr std::string_view kWanted = "a list of pairs of a list of token ids and a number";
    for (const nlohmann::json& pair : list(key, kWanted)) {
      if (!is_pair(pair) || !pair[1].is_number()) fail(key, kWanted);
      field.push_back({token_ids(key, pair[0]), pair[1].get<double>()});
    }
  }
  /// Whisper's files have pairs without a token, where the caller chooses one.
  void read(const char* key, std::vector<ForcedToken>& field) const {
    constexpr std::string_view kWanted = "a list of pairs of a position and a token id";
    for (const nlohmann::json& pair : list(key, kWanted)) {
      if (!is_pair(pair) || !(is_count(pair[0]) && (pair[1].is_null() || is_count(pair[1]))))
        fail(key, kWanted);
      if (!pair[1].is_null()) field.push_back({pair[0].get<int32_t>(), pair[1].get<int32_t>()});
    }
  }
  void read(const char* key, std::optional<LengthDecay>& field) const {
    const nlohmann::json& pair = value(key);
    if (!is_pair(pair) || !is_count(pair[0]) || !pair[1].is_number())
      fail(key, "a pair of a number of tokens and a factor");
    field = {pair[0].get<int32_t>(), pair[1].get<double>()};
  }

  const nlohmann::json& value(const char* key) const { return keys_.json().at(key); }
  const nlohmann::json& list(const char* key, std::string_view wanted) const {
    if (!value(key).is_array()) fail(key, wanted);
    return value(key);
  }
  std::vector<int32_t> token_ids(const char* key, const nlohmann::json& ids) const {
    if (!ids.is_array() || !std::ranges::all_of(ids, is_count)) fail(key, "made of lists of token ids");
    return ids.get<std::vector<int32_t>>();
  }
  static bool is_pair(const nlohmann::json& json) { return json.is_array() && json.size() == 2; }
  static bool is_count(const nlohmann::json& json) {
    return json.is_number_integer() && json >= 0 && json <= std::numeric_limits<int32_t>::max();
  }
  [[noreturn]] void fail(const char* key, std::string_view wanted) const {
    throw Error(ErrorCode::kCorruptFile, "generation config",
                fmt::format("{} is {}; it must be {}", key, value(key).dump(), wanted));
  }

  const EDPretrainedConfig& keys_;
};

GenerationConfig from_keys(const EDPretrainedConfig& keys) {
  GenerationConfig config;
  for_each_field(config, Reader(keys));
  return config;
}

template <typename T>
nlohmann::json json_of(const T& field) {
  return field;
}
nlohmann::json json_of(const EarlyStopping& field) {
  if (field == EarlyStopping::kNever) return "never";
  return field == EarlyStopping::kYes;
}
nlohmann::json json_of(const SequenceBias& field) {
  return {field.ids, field.bias};
}
nlohmann::json json_of(const ForcedToken& field) {
  return {field.position, field.id};
}
nlohmann::json json_of(const LengthDecay& field) {
  return {field.start, field.factor};
}
template <typename T>
nlohmann::json json_of(const std::optional<T>& field) {
  return field ? json_of(*field) : nlohmann::json();
}
template <typename T>
nlohmann::json json_of(const std::vector<T>& field) {
  if (field.empty()) return {};
  nlohmann::json list = nlohmann::json::array();
  for (const T& entry : field) list.push_back(json_of(entry));
  return list;
}

/// Fields as the file would have them, by key.
std::map<std::string, nlohmann::json> values_of(const GenerationConfig& config) {
  std::map<std::string, nlohmann::json> values;
  for_each_field(config, [&](const std::string& key, const auto& field) {
    nlohmann::json& value = values[key] = json_of(field);
    const bool is_one_id = key.ends_with("_token_id") && value.is_array() && value.size() == 1;
    if (is_one_id) value = nlohmann::json(value.front());
  });
  return values;
}

/// What the file says, or the defaults.
std::map<std::string, nlohmann::json> given_values(const GenerationConfig& config) {
  if (!config.file) return values_of(GenerationConfig());
  return values_of(from_keys(EDPretrainedConfig::from_json(config.file->dump())));
}

}  // namespace

GenerationConfig GenerationConfig::from_json(std::string_view text, std::string_view source) {
  const auto keys = EDPretrainedConfig::from_json(text, source);
  GenerationConfig config = from_keys(keys);
  config.file = std::make_shared<const nlohmann::json>(keys.json());
  try {
    config.validate();
  } catch (const Error& error) {
    throw Error(ErrorCode::kCorruptFile, std::string(source), error.detail());
  }
  return config;
}

GenerationConfig GenerationConfig::from_model_config(const EDPretrainedConfig& config) {
  GenerationConfig result = from_keys(config);
  result.validate();
  return result;
}

GenerationConfig GenerationConfig::from_pretrained(const std::filesystem::path& name_or_path,
                                                   const HubOptions& options) {
  const std::filesystem::path directory =
      hub::model_directory(name_or_path, hub::kGenerationConfigFiles, options);
  const std::filesystem::path path = directory / kGenerationConfigFile;
  if (!std::filesystem::exists(path))
    return from_model_config(EDPretrainedConfig::from_pretrained(directory));
  return from_json(read_json_file(path).dump(), path.string());
}

std::string GenerationConfig::to_json() const {
  nlohmann::json json = file ? *file : nlohmann::json::object();
  const auto given = given_values(*this);
  for (const auto& [key, value] : values_of(*this))
    if (value != given.at(key)) json[key] = value;
  return to_json_text(json);
}

std::vector<std::string> GenerationConfig::changed_fields() const {
  const auto given = given_values(*this), defaults = values_of(GenerationConfig());
  std::vector<std::string> fields;
  for (const auto& [key, value] : values_of(*this))
    if (value != given.at(key) && value != defaults.at(key)) fields.push_back(key);
  return fields;
}

void GenerationConfig::save_pretrained(const std::filesystem::path& directory) const {
  write_json_file(directory / kGenerationConfigFile,
                  parse_json(to_json(), std::string(kGenerationConfigFile)));
}

}  // namespace easydel
