#include "easydel/config.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "base/json_file.h"
#include "easydel/error.h"
#include "io/hub/snapshot.h"

namespace easydel {
namespace {

constexpr std::string_view kConfigFile = "config.json";

std::optional<int64_t> integer_within(const nlohmann::json& value, int64_t least, int64_t most) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(std::max<int64_t>(most, 0)))
    return std::nullopt;
  const auto integer = value.get<int64_t>();
  if (integer < least || integer > most) return std::nullopt;
  return integer;
}

}  // namespace

EDPretrainedConfig::EDPretrainedConfig()
    : EDPretrainedConfig(nlohmann::json::object(), std::string(kConfigFile)) {}
EDPretrainedConfig::EDPretrainedConfig(nlohmann::json json, std::string source)
    : json_(std::make_unique<nlohmann::json>(std::move(json))), source_(std::move(source)) {}
EDPretrainedConfig::EDPretrainedConfig(const EDPretrainedConfig& other)
    : json_(std::make_unique<nlohmann::json>(*other.json_)), source_(other.source_) {}
EDPretrainedConfig::EDPretrainedConfig(EDPretrainedConfig&&) noexcept = default;
EDPretrainedConfig::~EDPretrainedConfig() = default;

EDPretrainedConfig& EDPretrainedConfig::operator=(EDPretrainedConfig other) noexcept {
  json_.swap(other.json_);
  source_.swap(other.source_);
  return *this;
}

EDPretrainedConfig EDPretrainedConfig::from_pretrained(const std::filesystem::path& name_or_path,
                                                       const HubOptions& options) {
  const std::filesystem::path path =
      hub::model_directory(name_or_path, hub::kConfigFiles, options) / kConfigFile;
  nlohmann::json json = read_json_file(path);
  if (!json.is_object())
    throw Error(ErrorCode::kCorruptFile, path.string(), "the file must hold one JSON object");
  return {std::move(json), path.string()};
}

EDPretrainedConfig EDPretrainedConfig::from_json(std::string_view text, std::string_view source) {
  nlohmann::json json = parse_json(text, std::string(source));
  if (!json.is_object())
    throw Error(ErrorCode::kCorruptFile, std::string(source), "a configuration must be one JSON object");
  return {std::move(json), std::string(source)};
}

std::string EDPretrainedConfig::to_json() const {
  return to_json_text(*json_);
}

void EDPretrainedConfig::save_pretrained(const std::filesystem::path& directory) const {
  write_json_file(directory / kConfigFile, *json_);
}

std::string EDPretrainedConfig::model_type() const {
  return text("model_type");
}

DType EDPretrainedConfig::dtype() const {
  for (const char* key : {"dtype", "torch_dtype"}) {
    if (!has(key)) continue;
    try {
      return parse_dtype(text(key));
    } catch (const Error& error) {
      throw Error(ErrorCode::kCorruptFile, source_, fmt::format("\"{}\": {}", key, error.detail()));
    }
  }
  return DType::kAuto;
}

std::vector<std::string> EDPretrainedConfig::architectures() const {
  return texts("architectures");
}

const nlohmann::json* EDPretrainedConfig::find(std::string_view key) const {
  const auto found = json_->find(key);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

bool EDPretrainedConfig::has(std::string_view key) const {
  return find(key) != nullptr;
}

bool EDPretrainedConfig::contains(std::string_view key) const {
  return json_->find(key) != json_->end();
}

void EDPretrainedConfig::fail(std::string_view key, std::string_view wanted) const {
  constexpr size_t kShown = 60;
  const nlohmann::json* value = find(key);
  if (value == nullptr)
    throw Error(ErrorCode::kCorruptFile, source_,
                fmt::format("key \"{}\" is missing; it must be {}", key, wanted));
  std::string shown = value->dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (shown.size() > kShown) shown = shown.substr(0, kShown) + "...";
  throw Error(ErrorCode::kCorruptFile, source_,
              fmt::format("key \"{}\" is {}; it must be {}", key, shown, wanted));
}

int64_t EDPretrainedConfig::integer(std::string_view key, std::optional<int64_t> fallback, int64_t least,
                                    int64_t most) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr && fallback) return *fallback;
  const std::optional<int64_t> result = value == nullptr ? std::nullopt : integer_within(*value, least, most);
  if (!result) fail(key, fmt::format("an integer from {} to {}", least, most));
  return *result;
}

std::vector<int64_t> EDPretrainedConfig::integers(std::string_view key, int64_t least, int64_t most) const {
  const nlohmann::json* value = find(key);
  std::vector<int64_t> result;
  if (value == nullptr) return result;
  const std::string wanted = fmt::format("a list of integers from {} to {}", least, most);
  if (!value->is_array()) fail(key, wanted);
  for (const nlohmann::json& entry : *value) {
    const std::optional<int64_t> integer = integer_within(entry, least, most);
    if (!integer) fail(key, wanted);
    result.push_back(*integer);
  }
  return result;
}

double EDPretrainedConfig::number(std::string_view key, std::optional<double> fallback) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr && fallback) return *fallback;
  if (value == nullptr || !value->is_number() || !std::isfinite(value->get<double>())) fail(key, "a number");
  return value->get<double>();
}

bool EDPretrainedConfig::boolean(std::string_view key, std::optional<bool> fallback) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr && fallback) return *fallback;
  if (value == nullptr || !value->is_boolean()) fail(key, "true or false");
  return value->get<bool>();
}

std::string EDPretrainedConfig::text(std::string_view key, std::optional<std::string> fallback) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr && fallback) return *fallback;
  if (value == nullptr || !value->is_string()) fail(key, "a string");
  return value->get<std::string>();
}

std::vector<double> EDPretrainedConfig::numbers(std::string_view key) const {
  const nlohmann::json* value = find(key);
  std::vector<double> result;
  if (value == nullptr) return result;
  if (!value->is_array()) fail(key, "a list of numbers");
  for (const nlohmann::json& entry : *value) {
    if (!entry.is_number() || !std::isfinite(entry.get<double>())) fail(key, "a list of numbers");
    result.push_back(entry.get<double>());
  }
  return result;
}

std::vector<std::string> EDPretrainedConfig::texts(std::string_view key) const {
  const nlohmann::json* value = find(key);
  std::vector<std::string> result;
  if (value == nullptr) return result;
  if (!value->is_array()) fail(key, "a list of strings");
  for (const nlohmann::json& entry : *value) {
    if (!entry.is_string()) fail(key, "a list of strings");
    result.push_back(entry.get<std::string>());
  }
  return result;
}

std::vector<int32_t> EDPretrainedConfig::token_ids(std::string_view key) const {
  constexpr std::string_view kWanted = "a token id or a list of them";
  const nlohmann::json* value = find(key);
  std::vector<int32_t> ids;
  if (value == nullptr) return ids;
  const auto take = [&](const nlohmann::json& entry) {
    const std::optional<int64_t> id = integer_within(entry, -1, std::numeric_limits<int32_t>::max());
    if (!id) fail(key, kWanted);
    if (*id >= 0) ids.push_back(static_cast<int32_t>(*id));
  };
  if (value->is_array()) {
    for (const nlohmann::json& entry : *value) take(entry);
  } else {
    take(*value);
  }
  return ids;
}

EDPretrainedConfig EDPretrainedConfig::section(std::string_view key) const {
  const nlohmann::json* value = find(key);
  const std::string name = fmt::format("{}, \"{}\"", source_, key);
  if (value == nullptr) return {nlohmann::json::object(), name};
  if (!value->is_object()) fail(key, "an object");
  return {*value, name};
}

void EDPretrainedConfig::set(std::string_view key, std::string_view json_value) {
  (*json_)[std::string(key)] = parse_json(json_value, fmt::format("value of \"{}\"", key));
}

void EDPretrainedConfig::update(const std::map<std::string, std::string>& values) {
  for (const auto& [key, value] : values) {
    try {
      set(key, value);
    } catch (const Error& error) {
      throw Error(ErrorCode::kInvalidArgument, "config",
                  fmt::format("the value of \"{}\", {}, is no JSON: {}", key, value, error.detail()));
    }
  }
}

}  // namespace easydel
