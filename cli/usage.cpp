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

void append_options(const CLI::App& app, std::vector<std::string>& words) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  // Groups of options are subcommands without a name.
  for (const CLI::App* group :
       app.get_subcommands([](const CLI::App* part) { return part->get_name().empty(); }))
    append_options(*group, words);
}

std::vector<std::string> known_words(const CLI::App& app, bool options) {
  std::vector<std::string> words;
  if (options) {
    append_options(app, words);
  } else {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
      words.push_back(command->get_name());
  }
  return words;
}

// ", did you mean --prompt?" when a known word is near, else nothing.
std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  const auto nearest = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return edit_distance(word, a) < edit_distance(word, b);
  });
  if (nearest == known.end() || edit_distance(word, *nearest) > 1 + word.size() / 4) return "";
  return fmt::format(", did you mean {}?", *nearest);
}

// The subcommand that the error belongs to, or the program.
const CLI::App& failed_app(const CLI::App& program) {
  const std::vector<CLI::App*> chosen = program.get_subcommands();
  return chosen.empty() ? program : *chosen.back();
}

// Words that no option took come before what CLI11 stopped at: a misspelt option is why a required one is missing.
std::string describe(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return error.what();
  const std::string& word = extras.front();
  const bool is_option = word.starts_with("-");
  const bool is_command = !is_option && app.get_parent() == nullptr;
  if (!is_option && !is_command) return fmt::format("unknown argument {}", word);
  return fmt::format("unknown {} {}{}", is_option ? "option" : "command", word,
                     suggestion(word.substr(0, word.find('=')), known_words(app, is_option)));
}

}  // namespace

std::string usage_error(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& app = failed_app(program);
  const std::string name =
      app.get_parent() == nullptr ? app.get_name() : program.get_name() + " " + app.get_name();
  std::string what = describe(app, error);
  std::replace(what.begin(), what.end(), '\n', ' ');
  return fmt::format("{}: {}; see {} --help", name, what, name);
}

}  // namespace easydel::cli
