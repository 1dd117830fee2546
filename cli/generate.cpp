// `easydel generate`: continues prompts.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cli/generation_options.h"
#include "cli/model.h"
#include "easydel/error.h"

namespace easydel::cli {
namespace {

struct GenerateOptions {
  std::string model, prompt_file, ids;
  std::vector<std::string> prompts;
  bool json = false, echo = false;
  GenerationFlags generation;
  CommonOptions common;
};

std::vector<std::vector<int32_t>> encode_prompts(const GenerateOptions& options, const LoadedModel& loaded) {
  if (!options.ids.empty()) return parse_id_rows(options.ids);
  std::vector<std::string> texts = options.prompts;
  if (!options.prompt_file.empty()) texts = {read_text_file(options.prompt_file)};
  for (const std::string& text : texts) {
    if (text.empty())
      throw Error(ErrorCode::kInvalidArgument, "generate",
                  "the prompt is empty; give at least one character, or token ids with --ids");
  }
  return require_tokenizer(loaded, "generate").encode_batch(texts);
}

// One prompt's text appears as it comes; of several, each appears whole at the end.
class Printer {
 public:
  Printer(bool stream, bool show_ids) : stream_(stream), show_ids_(show_ids) {}

  void operator()(const TokenStep& step) {
    if (!stream_) return;
    print(show_ids_ ? fmt::format("{}{}", first_ ? "" : ",", step.id) : step.text);
    first_ = false;
  }

 private:
  bool stream_, show_ids_, first_ = true;
};

nlohmann::ordered_json to_json(const std::vector<int32_t>& prompt, const GeneratedText& row,
                               const LoadedModel& loaded, const GenerationTimings& timings) {
  nlohmann::ordered_json json = {{"prompt_ids", prompt},
                                 {"ids", row.ids},
                                 {"text", row.text},
                                 {"finish_reason", std::string(to_string(row.finish_reason))}};
  if (row.score) json["score"] = *row.score;
  json["timings"] = {
      {"load_s", loaded.load_s}, {"prefill_s", timings.prefill_s}, {"decode_s", timings.decode_s}};
  return json;
}

void print_rows(const std::vector<std::vector<int32_t>>& prompts, const Generation& generation,
                const LoadedModel& loaded, const GenerateOptions& options) {
  const std::vector<GeneratedText>& rows = generation.rows();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (options.json) {
      print_json(to_json(prompts[i * prompts.size() / rows.size()], rows[i], loaded, generation.timings()));
      continue;
    }
    if (i > 0) print_line("---");
    const Tokenizer* tokenizer = loaded.tokenizer_or_null();
    if (options.echo && tokenizer) print(tokenizer->decode(prompts[i * prompts.size() / rows.size()]));
    print_line(tokenizer ? rows[i].text : format_ids(rows[i].ids));
  }
}

void report_speed(const Generation& generation) {
  size_t tokens = 0;
  for (const GeneratedText& row : generation.rows()) tokens += row.ids.size();
  const size_t rows = generation.rows().size();
  const GenerationTimings& timings = generation.timings();
  // The first token of each row belongs to the prefill.
  const double decoded = static_cast<double>(tokens > rows ? tokens - rows : 0);
  fmt::print(stderr, "{} tokens; prefill {:.3f} s, decode {:.1f} tokens/s\n", tokens, timings.prefill_s,
             timings.decode_s > 0 ? decoded / timings.decode_s : 0.0);
}

void run(const GenerateOptions& options) {
  std::vector<std::vector<int32_t>> prompts;
  std::vector<int64_t> lengths;
  const auto expects = [&](const LoadedModel& loaded) {
    prompts = encode_prompts(options, loaded);
    for (const auto& prompt : prompts) lengths.push_back(static_cast<int64_t>(prompt.size()));
    return GenerationShape{lengths, options.generation.over(GenerationConfig::from_pretrained(loaded.name),
                                                            std::numeric_limits<int64_t>::max())};
  };
  const LoadedModel loaded = load_model(options.model, options.common, {.expects = expects});
  const GenerationConfig config = options.generation.over(
      loaded.model->generation_config(), loaded.model->max_positions() - *std::ranges::max_element(lengths));

  const Tokenizer* tokenizer = loaded.tokenizer_or_null();
  Generation generation = loaded.model->start_generation(prompts, config, tokenizer);
  const bool stream = generation.rows().size() == 1 && !options.json;
  if (stream && options.echo && tokenizer) print(tokenizer->decode(prompts[0]));
  Printer printer(stream, tokenizer == nullptr);
  while (generation.advance()) {
    for (const TokenStep& step : generation.steps()) printer(step);
  }
  if (stream)
    print("\n");
  else
    print_rows(prompts, generation, loaded, options);
  if (!options.common.quiet) report_speed(generation);
}

}  // namespace

Command add_generate(CLI::App& program) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App* app = add_subcommand(
      program, "generate", "Continue a prompt",
      {"easydel generate data/tiny-shakespeare --prompt \"ROMEO:\" --max-new-tokens 40 --greedy",
       "easydel generate data/tiny-shakespeare --prompt \"ROMEO:\" --temperature 0.8 --top-p 0.95 --seed 1",
       "easydel generate data/tiny-shakespeare --prompt \"ROMEO:\" --prompt \"To be\" --greedy   # a batch",
       "easydel generate data/tiny-shakespeare --prompt \"ROMEO:\" --num-beams 4 --num-return-sequences 2",
       "easydel generate data/tiny-shakespeare --ids 51,48,46 --max-new-tokens 8 --greedy --json"});
  add_model_argument(*app, options->model);
  CLI::App* source = app->add_option_group("Prompt")->require_option(1);
  source->add_option("-p,--prompt", options->prompts, "The text to continue; several make a batch")
      ->allow_extra_args(false);
  source->add_option("--prompt-file", options->prompt_file,
                     "A file with the text, taken whole; - reads stdin");
  source->add_option("--ids", options->ids, "Token ids: 1,2,3; semicolons separate the rows of a batch");
  app->add_flag("--json", options->json,
                "Print {\"prompt_ids\",\"ids\",\"text\",\"finish_reason\",\"timings\"}, one line per text");
  app->add_flag("--echo", options->echo, "Print the prompt before its continuation");
  add_generation_options(*app, options->generation);
  app->add_option("--num-return-sequences", options->generation.num_return_sequences,
                  "Texts per prompt: the best of a beam search, or so many samples");
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
