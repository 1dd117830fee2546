#include "cli/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>

namespace easydel::cli {
namespace {

// Levenshtein distance.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::vector<std::string> known_words(const CLI::App& app, bool options) {
  std::vector<std::string> words;
  if (options) {
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  } else {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
      words.push_back(command->get_name());
  }
  return words;
}

// "; did you mean --prompt?" when a known word is near, else nothing.
std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  const auto nearest = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return edit_distance(word, a) < edit_distance(word, b);
  });
  if (nearest == known.end() || edit_distance(word, *nearest) > 1 + word.size() / 4) return "";
  return fmt::format("; did you mean {}?", *nearest);
}

// The subcommand that the error belongs to, or the program.
const CLI::App& failed_app(const CLI::App& program) {
  const std::vector<CLI::App*> chosen = program.get_subcommands();
  return chosen.empty() ? program : *chosen.back();
}

std::string describe(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError)) return error.what();
  // CLI11's message ends with the arguments that nothing took: name the first.
  const std::string message = error.what();
  std::string word = message.substr(std::min(message.size(), message.find(": ") + 2));
  word = word.substr(0, word.find(' '));
  const bool is_option = word.starts_with("-");
  const bool is_command = !is_option && app.get_parent() == nullptr;
  return fmt::format("unknown {} {}{}",
                     is_option    ? "option"
                     : is_command ? "command"
                                  : "argument",
                     word, is_option || is_command ? suggestion(word, known_words(app, is_option)) : "");
}

}  // namespace

std::string usage_error(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& app = failed_app(program);
  const std::string name =
      app.get_parent() == nullptr ? app.get_name() : program.get_name() + " " + app.get_name();
  std::string what = describe(app, error);
  std::replace(what.begin(), what.end(), '\n', ' ');
  return fmt::format("{}: {}. See: {} --help", name, what, name);
}

}  // namespace easydel::cli
