// `easydel detokenize`: token ids to text.
#include "cli/command.h"
#include "easydel/tokenizer.h"

namespace easydel::cli {
namespace {

struct DetokenizeOptions {
  std::string model, ids;
  bool keep_special = false, json = false;
  CommonOptions common;
};

void run(const DetokenizeOptions& options) {
  options.common.check();
  const std::unique_ptr<ProgressSink> progress = options.common.progress();
  const Tokenizer tokenizer = Tokenizer::from_pretrained(options.model, options.common.hub(progress.get()));
  const std::string text =
      tokenizer.decode(parse_ids(options.ids), {.skip_special_tokens = !options.keep_special});
  if (options.json)
    print_json({{"text", text}});
  else
    print_line(text);
}

}  // namespace

Command add_detokenize(CLI::App& program) {
  auto options = std::make_shared<DetokenizeOptions>();
  CLI::App* app = add_subcommand(program, "detokenize", "Turn token ids into text",
                                 {"easydel detokenize data/tiny-shakespeare --ids 51,48,46"});
  add_model_argument(*app, options->model);
  app->add_option("--ids", options->ids, "Token ids: 1,2,3")->required();
  app->add_flag("--keep-special", options->keep_special, "Show special tokens in the text");
  app->add_flag("--json", options->json, "Print {\"text\":\"..\"}");
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
