// NamedValues: options by name for PJRT calls.
//
//   NamedValues options;
//   options.add("cpu_device_count", int64_t{8});
//   const std::vector<PJRT_NamedValue> values = options.view();   // valid as long as `options`
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/pjrt/runtime/api.h"

namespace easydel::pjrt {

class NamedValues {
 public:
  using Value = std::variant<int64_t, float, bool, std::string, std::vector<int64_t>>;

  void add(std::string name, Value value) { options_.emplace_back(std::move(name), std::move(value)); }

  std::vector<PJRT_NamedValue> view() const {
    std::vector<PJRT_NamedValue> values;
    for (const auto& [name, value] : options_) {
      auto named = make_args<PJRT_NamedValue>();
      named.name = name.data();
      named.name_size = name.size();
      named.value_size = 1;
      if (const auto* number = std::get_if<int64_t>(&value)) {
        named.type = PJRT_NamedValue_kInt64;
        named.int64_value = *number;
      } else if (const auto* real = std::get_if<float>(&value)) {
        named.type = PJRT_NamedValue_kFloat;
        named.float_value = *real;
      } else if (const auto* flag = std::get_if<bool>(&value)) {
        named.type = PJRT_NamedValue_kBool;
        named.bool_value = *flag;
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        named.type = PJRT_NamedValue_kString;
        named.string_value = text->data();
        named.value_size = text->size();
      } else {
        const auto& list = std::get<std::vector<int64_t>>(value);
        named.type = PJRT_NamedValue_kInt64List;
        named.int64_array_value = list.data();
        named.value_size = list.size();
      }
      values.push_back(named);
    }
    return values;
  }

 private:
  std::vector<std::pair<std::string, Value>> options_;
};

}  // namespace easydel::pjrt
