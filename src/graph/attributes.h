// Attributes: the compile-time arguments of a node, by name. Sorted, so printing and comparing are
// deterministic.
//
//   Attributes attributes = {{"axis", int64_t{1}}, {"kind", std::string("sum")}};
//   int64_t axis = attributes.get<int64_t>("axis");
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "easydel/dtype.h"

namespace easydel {

using Attribute = std::variant<bool, int64_t, double, std::string, std::vector<int64_t>, DType>;

std::string to_string(const Attribute& attribute);

class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<const std::string, Attribute>> entries) : entries_(entries) {}

  void set(std::string name, Attribute value) {
    entries_.insert_or_assign(std::move(name), std::move(value));
  }
  bool contains(std::string_view name) const { return entries_.find(name) != entries_.end(); }

  /// The attribute's value; Error(kInternal) when it is missing or has another type: builders always set
  /// theirs.
  template <typename T>
  const T& get(std::string_view name) const {
    const T* value = std::get_if<T>(&find(name));
    if (value == nullptr) fail_type(name);
    return *value;
  }

  const std::map<std::string, Attribute, std::less<>>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  /// "{axis = 1, kind = "sum"}", or an empty string without entries.
  std::string to_string() const;
  friend bool operator==(const Attributes& a, const Attributes& b) = default;

 private:
  const Attribute& find(std::string_view name) const;
  [[noreturn]] static void fail_type(std::string_view name);

  std::map<std::string, Attribute, std::less<>> entries_;
};

}  // namespace easydel
