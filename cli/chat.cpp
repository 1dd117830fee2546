// `easydel chat`: a conversation in plain turns, kept until the end of the input.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "cli/generation_options.h"
#include "cli/model.h"
#include "easydel/error.h"

namespace easydel::cli {
namespace {

constexpr std::string_view kUser = "User: ";
constexpr std::string_view kAssistant = "Assistant:";
constexpr std::string_view kTurnEnd = "\n\n";

struct ChatOptions {
  std::string model, system;
  GenerationFlags generation;
  CommonOptions common;
};

struct Turn {
  std::string user, assistant;
};

// "System\n\nUser: hi\n\nAssistant: hello\n\nUser: ...\n\nAssistant:".
std::string conversation_text(const std::string& system, const std::vector<Turn>& turns) {
  std::string text = system.empty() ? "" : fmt::format("{}{}", system, kTurnEnd);
  for (const Turn& turn : turns) {
    text += fmt::format("{}{}{}{}", kUser, turn.user, kTurnEnd, kAssistant);
    if (!turn.assistant.empty()) text += turn.assistant + std::string(kTurnEnd);
  }
  return text;
}

class Conversation {
 public:
  Conversation(const LoadedModel& loaded, const ChatOptions& options)
      : model_(*loaded.model), tokenizer_(require_tokenizer(loaded, "chat")), options_(options) {}

  /// Prints the answer to `user` as it comes.
  void answer(const std::string& user) {
    turns_.push_back({user, ""});
    const std::vector<int32_t> prompt = fitting_prompt();
    GenerationConfig config = options_.generation.over(
        model_.generation_config(), model_.max_positions() - static_cast<int64_t>(prompt.size()));
    config.num_return_sequences = 1;
    config.stop_strings.push_back("\n" + std::string(kUser.substr(0, kUser.size() - 1)));
    Generation generation = model_.start_generation({prompt}, config, &tokenizer_);
    bool started = false;
    while (generation.advance()) {
      for (const TokenStep& step : generation.steps()) {
        const size_t skipped = started ? 0 : step.text.find_first_not_of(" \n");
        if (skipped == std::string::npos) continue;
        started = started || skipped < step.text.size();
        print(std::string_view(step.text).substr(skipped));
      }
    }
    print("\n");
    turns_.back().assistant = without_stop(generation.rows()[0].text);
  }

 private:
  // The conversation's tokens; the oldest turns go when the context has no room for an answer.
  std::vector<int32_t> fitting_prompt() {
    const int64_t wanted = options_.generation.max_new_tokens.value_or(kLeastAnswer);
    while (true) {
      std::vector<int32_t> ids = tokenizer_.encode(conversation_text(options_.system, turns_));
      const bool fits = static_cast<int64_t>(ids.size()) + wanted <= model_.max_positions();
      if (fits || turns_.size() == 1) return ids;
      turns_.erase(turns_.begin());
      if (!options_.common.quiet)
        fmt::print(stderr, "note: the context is full; the oldest turn is forgotten\n");
    }
  }

  static std::string without_stop(std::string text) {
    const size_t next_turn = text.find("\n" + std::string(kUser.substr(0, kUser.size() - 1)));
    if (next_turn != std::string::npos) text.resize(next_turn);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
  }

  static constexpr int64_t kLeastAnswer = 64;

  const EDPretrainedModel& model_;
  const Tokenizer& tokenizer_;
  const ChatOptions& options_;
  std::vector<Turn> turns_;
};

void run(const ChatOptions& options) {
  const LoadedModel loaded = load_model(options.model, options.common);
  Conversation conversation(loaded, options);
  if (!options.common.quiet && !loaded.tokenizer->chat_template().empty())
    fmt::print(stderr, "note: this version does not render the model's chat template; it uses plain turns\n");
  const bool interactive = isatty(STDIN_FILENO) != 0;
  if (interactive) fmt::print(stderr, "Type a message and Enter; Ctrl-D ends.\n");
  while (true) {
    if (interactive) fmt::print(stderr, "> ");
    std::string line;
    if (!std::getline(std::cin, line)) break;
    if (!line.empty()) conversation.answer(line);
  }
  if (interactive) fmt::print(stderr, "\n");
}

}  // namespace

Command add_chat(CLI::App& program) {
  auto options = std::make_shared<ChatOptions>();
  CLI::App* app =
      add_subcommand(program, "chat", "Talk with a model, a line at a time",
                     {"easydel chat data/tiny-shakespeare --max-new-tokens 40",
                      "echo \"Who art thou?\" | easydel chat data/tiny-shakespeare --seed 1 --quiet"});
  add_model_argument(*app, options->model);
  app->add_option("--system", options->system, "Text before the first turn");
  add_generation_options(*app, options->generation);
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
