#include "base/json_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "easydel/error.h"

namespace easydel {
namespace {

using Json = nlohmann::json;

/// Builds the value while it checks depth and duplicate keys. The library's own callback parser could do
/// both, but takes quadratic time in the number of an object's members.
class CheckedBuilder final : public nlohmann::json_sax<Json> {
 public:
  CheckedBuilder(std::string_view text, const std::string& source, const JsonLimits& limits)
      : text_(text), source_(source), limits_(limits) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const auto [member, is_new] = open_.back()->get_ref<Json::object_t&>().try_emplace(name);
    if (!is_new && !limits_.allow_duplicate_keys)
      throw Error(ErrorCode::kCorruptFile, source_,
                  fmt::format("the key \"{}\" appears twice in one object; remove one of them", name));
    slot_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& token, const Json::exception&) override {
    const std::string_view before = text_.substr(0, std::min(text_.size(), position > 0 ? position - 1 : 0));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    throw Error(ErrorCode::kCorruptFile, source_,
                fmt::format("is not valid JSON at line {}, column {} (near \"{}\"); {}", line,
                            before.size() - line_start + 1, printable(token),
                            position > text_.size() ? "the text ends too early, fetch the file again"
                                                    : "correct the file there"));
  }

 private:
  template <typename T>
  bool add(T&& value) {
    place(std::forward<T>(value));
    return true;
  }

  template <typename T>
  Json* place(T&& value) {
    if (open_.empty()) {
      root_ = std::forward<T>(value);
      return &root_;
    }
    if (open_.back()->is_array())
      return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::forward<T>(value));
    *slot_ = std::forward<T>(value);
    return slot_;
  }

  bool open(Json&& container) {
    if (open_.size() >= static_cast<size_t>(limits_.max_depth))
      throw Error(ErrorCode::kCorruptFile, source_,
                  fmt::format("is nested more than {} levels deep; no real file is", limits_.max_depth));
    open_.push_back(place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  static std::string printable(const std::string& token) {
    constexpr size_t kLongest = 40;
    std::string result = token.substr(token.size() - std::min(token.size(), kLongest));
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return result;
  }

  std::string_view text_;
  const std::string& source_;
  const JsonLimits& limits_;
  Json root_;
  std::vector<Json*> open_;
  Json* slot_ = nullptr;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& source, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    throw Error(
        ErrorCode::kCorruptFile, source,
        fmt::format("holds {} bytes of JSON; at most {} are accepted", text.size(), limits.max_bytes));
  CheckedBuilder builder(text, source, limits);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

Json read_json_file(const std::filesystem::path& path, const JsonLimits& limits) {
  const auto file = MappedFile::open(path, MapAccess::kSequential);
  const std::span<const std::byte> bytes = file->bytes();
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string(), limits);
}

std::string to_json_text(const Json& value) {
  try {
    return value.dump(2, ' ', /*ensure_ascii=*/true) + "\n";
  } catch (const Json::type_error& error) {
    throw Error(ErrorCode::kInvalidArgument, "json",
                fmt::format("a text is not valid UTF-8 ({})", error.what()));
  }
}

void write_json_file(const std::filesystem::path& path, const Json& value) {
  write_file_atomically(path, to_json_text(value));
}

}  // namespace easydel
