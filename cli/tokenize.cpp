// `easydel tokenize`: text to token ids.
#include "cli/command.h"
#include "easydel/tokenizer.h"

namespace easydel::cli {
namespace {

struct TokenizeOptions {
  std::string model, text, text_file;
  bool no_special = false, json = false;
  CommonOptions common;
};

void run(const TokenizeOptions& options) {
  options.common.check();
  const std::unique_ptr<ProgressSink> progress = options.common.progress();
  const Tokenizer tokenizer = Tokenizer::from_pretrained(options.model, options.common.hub(progress.get()));
  const std::string text = options.text_file.empty() ? options.text : read_text_file(options.text_file);
  const std::vector<int32_t> ids = tokenizer.encode(text, {.add_special_tokens = !options.no_special});
  if (options.json)
    print_json({{"ids", ids}, {"tokens", tokenizer.tokens(ids)}});
  else
    print_line(format_ids(ids));
}

}  // namespace

Command add_tokenize(CLI::App& program) {
  auto options = std::make_shared<TokenizeOptions>();
  CLI::App* app = add_subcommand(program, "tokenize", "Turn text into token ids",
                                 {"easydel tokenize data/tiny-shakespeare --text \"ROMEO:\"",
                                  "easydel tokenize data/tiny-shakespeare --text-file play.txt --json"});
  add_model_argument(*app, options->model);
  CLI::App* source = app->add_option_group("Text")->require_option(1);
  source->add_option("--text", options->text, "The text");
  source->add_option("--text-file", options->text_file, "A file with the text; - reads standard input");
  app->add_flag("--no-special", options->no_special, "Leave out the special tokens that the model expects");
  app->add_flag("--json", options->json, "Print {\"ids\":[..],\"tokens\":[..]}");
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
