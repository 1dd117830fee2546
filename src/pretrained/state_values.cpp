#include "pretrained/state_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {
namespace {

constexpr std::string_view kTypeMark = "<*TYPE*>", kValueMark = "<*VALUE*>";
constexpr std::array<std::string_view, 4> kOptimizers = {"adamw", "adafactor", "lion", "rmsprop"};
constexpr std::array<std::string_view, 5> kSchedulers = {"none", "linear", "cosine", "warm_up_linear",
                                                         "warm_up_cosine"};

/// Python's repr.
std::string float_text(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == text.npos) text += ".0";  // an exponent, inf and nan need no point
  return text;
}

template <typename T>
bool parse_number(std::string_view text, T& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

StateValue parse_value(std::string_view type, std::string_view text, const std::string& source) {
  const auto wrong = [&] {
    return Error(ErrorCode::kCorruptFile, source, fmt::format("\"{}\" is no {}", text, type));
  };
  if (type == "str") return std::string(text);
  if (type == "NoneType") return std::monostate();
  if (type == "bool") {
    if (text != "True" && text != "False") throw wrong();
    return text == "True";
  }
  if (type == "int") {
    int64_t value = 0;
    if (!parse_number(text, value)) throw wrong();
    return value;
  }
  if (type == "float") {
    double value = 0;
    if (!parse_number(text, value)) throw wrong();
    return value;
  }
  return OpaqueValue{std::string(type), std::string(text)};
}

template <size_t kCount>
void check_name(std::string_view kind, const std::string& name,
                const std::array<std::string_view, kCount>& known, ErrorCode code,
                const std::string& source) {
  if (std::ranges::find(known, name) == known.end())
    throw Error(code, source, fmt::format("unknown {} \"{}\"; known: {}", kind, name, fmt::join(known, " ")));
}

/// Takes a value out of `values`; `fallback` without it.
template <typename T>
T take(StateValues& values, const char* key, T fallback, const std::string& source) {
  const auto found = values.extract(key);
  if (!found) return fallback;
  if (const T* value = std::get_if<T>(&found.mapped())) return *value;
  if constexpr (std::is_same_v<T, double>)
    if (const auto* whole = std::get_if<int64_t>(&found.mapped())) return static_cast<double>(*whole);
  throw Error(ErrorCode::kCorruptFile, source, fmt::format("the optimizer's \"{}\" is of another type", key));
}

}  // namespace

std::pair<std::string, io::FlaxValue> encode_value(const std::string& key, const StateValue& value) {
  const auto encoded = [&](std::string_view type, std::string_view text) {
    const std::string both = fmt::format("{}{}", type, key);
    if (both.find(kTypeMark) != both.npos || both.find(kValueMark) != both.npos)
      throw Error(ErrorCode::kInvalidArgument, "save_state",
                  fmt::format("\"{}\" holds a mark of EasyDeL's encoding; rename it", key));
    return std::pair<std::string, io::FlaxValue>(
        fmt::format("{}{}{}{}{}", type, kTypeMark, key, kValueMark, text), int64_t{-1});
  };
  return std::visit(
      [&]<typename T>(const T& held) -> std::pair<std::string, io::FlaxValue> {
        if constexpr (std::is_same_v<T, std::monostate>)
          return encoded("NoneType", "None");
        else if constexpr (std::is_same_v<T, double>)
          return encoded("float", float_text(held));
        else if constexpr (std::is_same_v<T, std::string>)
          return encoded("str", held);
        else if constexpr (std::is_same_v<T, OpaqueValue>)
          return encoded(held.type, held.text);
        else
          return {key, held};
      },
      value);
}

std::pair<std::string, StateValue> decode_value(const std::string& key, const io::FlaxValue& value,
                                                const std::string& source) {
  const size_t type_end = key.find(kTypeMark);
  if (type_end == key.npos)
    return {key, std::visit([](const auto& held) { return StateValue(held); }, value)};
  const size_t name = type_end + kTypeMark.size();
  const size_t name_end = key.find(kValueMark, name);
  if (name_end == key.npos)
    throw Error(ErrorCode::kCorruptFile, source, fmt::format("the key \"{}\" has no {}", key, kValueMark));
  const std::string_view text(key);
  return {key.substr(name, name_end - name),
          parse_value(text.substr(0, type_end), text.substr(name_end + kValueMark.size()), source)};
}

nlohmann::json to_json(const StateValues& values) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, value] : values)
    json[key] = std::visit(
        []<typename T>(const T& held) -> nlohmann::json {
          if constexpr (std::is_same_v<T, std::monostate>)
            return nullptr;
          else if constexpr (std::is_same_v<T, OpaqueValue>)
            return {{"type", held.type}, {"text", held.text}};
          else
            return held;
        },
        value);
  return json;
}

StateValues state_values(const nlohmann::json& json, const std::string& source) {
  const auto wrong = [&](const std::string& key) {
    return Error(ErrorCode::kCorruptFile, source, fmt::format("\"{}\" holds what is no setting", key));
  };
  if (!json.is_object()) throw Error(ErrorCode::kCorruptFile, source, "settings must be an object");
  StateValues values;
  for (const auto& [key, value] : json.items()) {
    StateValue& target = values[key];
    if (value.is_boolean())
      target = value.get<bool>();
    else if (value.is_number_integer())
      target = value.get<int64_t>();
    else if (value.is_number_float())
      target = value.get<double>();
    else if (value.is_string())
      target = value.get<std::string>();
    else if (value.is_object() && value.size() == 2 && value.value("type", nlohmann::json()).is_string() &&
             value.value("text", nlohmann::json()).is_string())
      target = OpaqueValue{value.at("type").get<std::string>(), value.at("text").get<std::string>()};
    else if (!value.is_null())
      throw wrong(key);
  }
  return values;
}

StateValues to_values(const OptimizerOptions& options) {
  StateValues values = options.others;
  values.insert_or_assign("optimizer", options.optimizer);
  values.insert_or_assign("scheduler", options.scheduler);
  values.insert_or_assign("steps", options.steps);
  return values;
}

OptimizerOptions optimizer_options(StateValues values, const std::string& source) {
  OptimizerOptions options;
  options.optimizer = take(values, "optimizer", options.optimizer, source);
  options.scheduler = take(values, "scheduler", options.scheduler, source);
  options.steps = take(values, "steps", options.steps, source);
  options.others = std::move(values);
  check_optimizer(options, ErrorCode::kCorruptFile, source);
  return options;
}

void check_optimizer(const OptimizerOptions& options, ErrorCode code, const std::string& source) {
  check_name("optimizer", options.optimizer, kOptimizers, code, source);
  check_name("scheduler", options.scheduler, kSchedulers, code, source);
}

}  // namespace easydel
