// `easydel bench`: speed of prefill and decode, medians over repeats.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "cli/model.h"
#include "easydel/error.h"

namespace easydel::cli {
namespace {

struct BenchOptions {
  std::string model;
  int64_t prefill = 512, decode = 64, batch = 1, repeat = 5;
  bool json = false;
  CommonOptions common;
};

constexpr int64_t kFirstTokenPrompt = 8;  // tokens of the prompt that first_token_s is measured with

constexpr int64_t kLeastPrompt = 1;  // a generation starts from something

struct Sample {
  double prefill_s = 0, decode_s = 0;
};

// The speed does not depend on the tokens; fixed random ones keep runs comparable.
std::vector<std::vector<int32_t>> random_prompts(const EDPretrainedModel& model, int64_t batch,
                                                 int64_t length) {
  std::mt19937 random(0);
  std::uniform_int_distribution<int32_t> draw(0, static_cast<int32_t>(model.vocab_size() - 1));
  std::vector<std::vector<int32_t>> rows(static_cast<size_t>(batch),
                                         std::vector<int32_t>(static_cast<size_t>(length)));
  for (auto& row : rows)
    for (int32_t& id : row) id = draw(random);
  return rows;
}

// The first of these tokens comes out of the prefill.
GenerationConfig greedy(int64_t new_tokens) {
  return {.max_new_tokens = new_tokens, .do_sample = false};
}

Sample measure(const EDPretrainedModel& model, const BenchOptions& options) {
  const auto prompts = random_prompts(model, options.batch, std::max<int64_t>(options.prefill, kLeastPrompt));
  Generation generation = model.start_generation(prompts, greedy(options.decode + 1));
  while (generation.advance()) {
  }
  return {generation.timings().prefill_s, generation.timings().decode_s};
}

GenerationShape first_token_shape() {
  return {{kFirstTokenPrompt}, greedy(1)};
}

// Seconds from the program's start to the first token after a short prompt, model loading included.
double first_token_seconds(const EDPretrainedModel& model) {
  const GenerationShape shape = first_token_shape();
  model.start_generation(random_prompts(model, 1, shape.prompt_lengths[0]), shape.config).advance();
  return seconds_since_start();
}

void check(const BenchOptions& options, const EDPretrainedModel& model) {
  if (options.prefill < 0 || options.decode < 0 || options.prefill + options.decode == 0 ||
      options.batch < 1 || options.repeat < 1)
    throw Error(ErrorCode::kInvalidArgument, "bench",
                "prefill and decode must not be negative nor both 0, batch and repeat at least 1");
  if (std::max(options.prefill, kLeastPrompt) + options.decode + 1 > model.max_positions())
    throw Error(ErrorCode::kInvalidArgument, "bench",
                fmt::format("{} + {} tokens exceed the model's context of {}; lower --prefill or --decode",
                            options.prefill, options.decode, model.max_positions()));
}

void run(const BenchOptions& options) {
  const LoadedModel loaded = load_model(
      options.model, options.common,
      {.with_tokenizer = false, .expects = [](const LoadedModel&) { return first_token_shape(); }});
  const EDPretrainedModel& model = *loaded.model;
  check(options, model);
  const double first_token_s = first_token_seconds(model);

  const std::unique_ptr<ProgressSink> progress = options.common.progress();
  std::vector<double> prefill, decode;
  {
    const ProgressTask task(progress.get(), "Measuring", static_cast<uint64_t>(options.repeat) + 1,
                            ProgressUnit::kSteps);
    for (int64_t i = -1; i < options.repeat; ++i) {
      const Sample sample = measure(model, options);
      task.advance(1);
      if (i < 0) continue;  // the first run compiles the programs and fills the caches
      prefill.push_back(sample.prefill_s);
      decode.push_back(sample.decode_s);
    }
  }
  const auto rate = [&](int64_t tokens, const std::vector<double>& seconds) {
    return tokens == 0 ? 0.0 : static_cast<double>(options.batch * tokens) / median(seconds);
  };
  const double prefill_rate = rate(options.prefill, prefill), decode_rate = rate(options.decode, decode);
  if (options.json) {
    print_json({{"engine", model.engine_name()},
                {"dtype", to_string(model.dtype())},
                {"quantize", model.quantization()},
                {"threads", effective_threads(options.common)},
                {"batch", options.batch},
                {"prefill_tokens", options.prefill},
                {"prefill_tokens_per_s", prefill_rate},
                {"decode_tokens", options.decode},
                {"decode_tokens_per_s", decode_rate},
                {"load_s", loaded.load_s},
                {"first_token_s", first_token_s},
                {"peak_rss_bytes", peak_rss_bytes()},
                {"huge_page_bytes", huge_page_bytes()},
                {"weight_bytes", model.weight_bytes()}});
    return;
  }
  const std::string format = model.quantization();
  print_line(fmt::format("{}: {}, {}, batch {}", options.model, model.engine_description(),
                         format.empty() ? to_string(model.dtype()) : format, options.batch));
  print_line(fmt::format("prefill {:>6} tokens  {:10.1f} tokens/s", options.prefill, prefill_rate));
  print_line(fmt::format("decode  {:>6} tokens  {:10.1f} tokens/s", options.decode, decode_rate));
  print_line(fmt::format(
      "load {:.3f} s, first token {:.3f} s after the start, peak memory {:.1f} MB, weights {:.1f} MB, "
      "of files in huge pages {:.1f} MB",
      loaded.load_s, first_token_s, static_cast<double>(peak_rss_bytes()) / 1e6,
      static_cast<double>(model.weight_bytes()) / 1e6, static_cast<double>(huge_page_bytes()) / 1e6));
}

}  // namespace

Command add_bench(CLI::App& program) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* app = add_subcommand(program, "bench", "Measure the speed of a model: medians over the repeats",
                                 {"easydel bench data/tiny-shakespeare --prefill 256 --decode 64",
                                  "easydel bench data/tiny-shakespeare --prefill 64 --decode 16 --repeat 3 "
                                  "--threads 1 --dtype bf16 --json"});
  add_model_argument(*app, options->model);
  app->add_option("--prefill", options->prefill, "Prompt tokens of each row")->capture_default_str();
  app->add_option("--decode", options->decode, "Tokens decoded after the prompt")->capture_default_str();
  app->add_option("--batch", options->batch, "Rows")->capture_default_str();
  app->add_option("--repeat", options->repeat, "Measured runs; one more warms up")->capture_default_str();
  app->add_flag("--json", options->json, "Print one object, the fields of docs/cli.md");
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
