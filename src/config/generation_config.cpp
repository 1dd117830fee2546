#include "easydel/generation_config.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "base/json_file.h"
#include "easydel/config.h"
#include "easydel/error.h"
#include "io/hub/snapshot.h"

namespace easydel {
namespace {

constexpr std::string_view kFileName = "generation_config.json";

template <typename T>
std::optional<T> first_of(const std::vector<T>& values) {
  return values.empty() ? std::nullopt : std::optional<T>(values.front());
}

std::vector<std::string> one_or_more_texts(const EDPretrainedConfig& keys, std::string_view key) {
  if (keys.has(key) && keys.json().at(std::string(key)).is_string()) return {keys.text(key)};
  return keys.texts(key);
}

std::optional<int64_t> optional_integer(const EDPretrainedConfig& keys, std::string_view key) {
  return keys.has(key) ? std::optional<int64_t>(keys.integer(key)) : std::nullopt;
}

/// `early_stopping` is also the word "never" in some files: beam search then runs to its end, as with false.
bool early_stopping(const EDPretrainedConfig& keys) {
  return keys.has("early_stopping") && !keys.json().at("early_stopping").is_string() &&
         keys.boolean("early_stopping");
}

GenerationConfig from_keys(const EDPretrainedConfig& keys) {
  GenerationConfig config;
  config.max_new_tokens = optional_integer(keys, "max_new_tokens");
  config.max_length = keys.integer("max_length", config.max_length);
  config.min_new_tokens = optional_integer(keys, "min_new_tokens");
  config.min_length = keys.integer("min_length", config.min_length);
  config.do_sample = keys.boolean("do_sample", config.do_sample);
  config.temperature = keys.number("temperature", config.temperature);
  config.top_k = keys.integer("top_k", config.top_k);
  config.top_p = keys.number("top_p", config.top_p);
  if (keys.has("min_p")) config.min_p = keys.number("min_p");
  config.repetition_penalty = keys.number("repetition_penalty", config.repetition_penalty);
  config.presence_penalty = keys.number("presence_penalty", config.presence_penalty);
  config.frequency_penalty = keys.number("frequency_penalty", config.frequency_penalty);
  config.no_repeat_ngram_size = keys.integer("no_repeat_ngram_size", config.no_repeat_ngram_size);
  config.num_beams = keys.integer("num_beams", config.num_beams);
  config.length_penalty = keys.number("length_penalty", config.length_penalty);
  config.early_stopping = early_stopping(keys);
  config.num_return_sequences = keys.integer("num_return_sequences", config.num_return_sequences);
  config.eos_token_id = keys.token_ids("eos_token_id");
  config.pad_token_id = first_of(keys.token_ids("pad_token_id"));
  config.bos_token_id = first_of(keys.token_ids("bos_token_id"));
  config.stop_strings = one_or_more_texts(keys, "stop_strings");
  if (keys.has("seed"))
    config.seed =
        static_cast<uint64_t>(keys.integer("seed", std::nullopt, 0, std::numeric_limits<int64_t>::max()));
  return config;
}

[[noreturn]] void fail(std::string_view field, const std::string& value, std::string_view wanted) {
  throw Error(ErrorCode::kInvalidArgument, "generation config",
              fmt::format("{} is {}; it must be {}", field, value, wanted));
}

void validate_sampling(const GenerationConfig& config) {
  if (!(config.temperature > 0.0))
    fail("temperature", fmt::to_string(config.temperature), "above 0; greedy decoding is do_sample = false");
  if (config.top_k < 0) fail("top_k", fmt::to_string(config.top_k), "0 (all tokens) or more");
  if (!(config.top_p > 0.0 && config.top_p <= 1.0))
    fail("top_p", fmt::to_string(config.top_p), "above 0 and at most 1");
  if (config.min_p && !(*config.min_p >= 0.0 && *config.min_p <= 1.0))
    fail("min_p", fmt::to_string(*config.min_p), "from 0 to 1");
}

/// Sets a key where its value says something new: it differs from the default, or the file gave another.
template <typename T>
void put(nlohmann::json& json, const char* key, const T& value, const T& fallback) {
  if (value != fallback || (json.contains(key) && !json[key].is_null())) json[key] = value;
}

template <typename T>
void put(nlohmann::json& json, const char* key, const std::optional<T>& value) {
  if (value)
    json[key] = *value;
  else if (json.contains(key))
    json[key] = nullptr;
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
  const std::filesystem::path path = directory / kFileName;
  if (!std::filesystem::exists(path))
    return from_model_config(EDPretrainedConfig::from_pretrained(directory));
  return from_json(read_json_file(path).dump(), path.string());
}

void GenerationConfig::validate() const {
  if (max_new_tokens && *max_new_tokens < 0)
    fail("max_new_tokens", fmt::to_string(*max_new_tokens), "0 or more");
  if (max_length < 1) fail("max_length", fmt::to_string(max_length), "1 or more");
  if (min_new_tokens && *min_new_tokens < 0)
    fail("min_new_tokens", fmt::to_string(*min_new_tokens), "0 or more");
  if (min_new_tokens && max_new_tokens && *min_new_tokens > *max_new_tokens)
    fail("min_new_tokens", fmt::to_string(*min_new_tokens),
         fmt::format("at most max_new_tokens, {}", *max_new_tokens));
  if (min_length < 0) fail("min_length", fmt::to_string(min_length), "0 or more");
  // The comparisons are written so that NaN fails them too. Greedy decoding reads none of the sampling fields, and
  // checkpoints that decode greedily do come with a temperature of 0.
  if (do_sample) validate_sampling(*this);
  if (!(repetition_penalty > 0.0))
    fail("repetition_penalty", fmt::to_string(repetition_penalty), "above 0; 1 is none");
  if (!std::isfinite(presence_penalty))
    fail("presence_penalty", fmt::to_string(presence_penalty), "a finite number");
  if (!std::isfinite(frequency_penalty))
    fail("frequency_penalty", fmt::to_string(frequency_penalty), "a finite number");
  if (no_repeat_ngram_size < 0)
    fail("no_repeat_ngram_size", fmt::to_string(no_repeat_ngram_size), "0 or more");
  if (num_beams < 1) fail("num_beams", fmt::to_string(num_beams), "1 or more");
  if (num_return_sequences < 1)
    fail("num_return_sequences", fmt::to_string(num_return_sequences), "1 or more");
  for (const int32_t id : eos_token_id)
    if (id < 0) fail("eos_token_id", fmt::to_string(id), "a token id, 0 or more");
  for (const std::string& text : stop_strings)
    if (text.empty()) fail("stop_strings", "an empty text", "texts of at least one character");
}

std::string GenerationConfig::to_json() const {
  const GenerationConfig fallback;
  nlohmann::json json = file ? *file : nlohmann::json::object();
  put(json, "max_new_tokens", max_new_tokens);
  put(json, "max_length", max_length, fallback.max_length);
  put(json, "min_new_tokens", min_new_tokens);
  put(json, "min_length", min_length, fallback.min_length);
  put(json, "do_sample", do_sample, fallback.do_sample);
  put(json, "temperature", temperature, fallback.temperature);
  put(json, "top_k", top_k, fallback.top_k);
  put(json, "top_p", top_p, fallback.top_p);
  put(json, "min_p", min_p);
  put(json, "repetition_penalty", repetition_penalty, fallback.repetition_penalty);
  put(json, "presence_penalty", presence_penalty, fallback.presence_penalty);
  put(json, "frequency_penalty", frequency_penalty, fallback.frequency_penalty);
  put(json, "no_repeat_ngram_size", no_repeat_ngram_size, fallback.no_repeat_ngram_size);
  put(json, "num_beams", num_beams, fallback.num_beams);
  put(json, "length_penalty", length_penalty, fallback.length_penalty);
  if (!json.contains("early_stopping") || !json["early_stopping"].is_string())
    put(json, "early_stopping", early_stopping, fallback.early_stopping);
  put(json, "num_return_sequences", num_return_sequences, fallback.num_return_sequences);
  if (eos_token_id.size() == 1 && !(json.contains("eos_token_id") && json["eos_token_id"].is_array()))
    json["eos_token_id"] = eos_token_id.front();
  else
    put(json, "eos_token_id", eos_token_id, fallback.eos_token_id);
  put(json, "pad_token_id", pad_token_id);
  put(json, "bos_token_id", bos_token_id);
  put(json, "stop_strings", stop_strings, fallback.stop_strings);
  put(json, "seed", seed);
  return to_json_text(json);
}

void GenerationConfig::save_pretrained(const std::filesystem::path& directory) const {
  write_json_file(directory / kFileName, parse_json(to_json(), std::string(kFileName)));
}

}  // namespace easydel
