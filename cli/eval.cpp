// `easydel eval`: perplexity of a text.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/model.h"
#include "easydel/error.h"

namespace easydel::cli {
namespace {

struct Options {
  std::string model, text;
  int64_t context = 512, stride = 0, max_tokens = 0;
  bool json = false;
  CommonOptions common;
};

struct Score {
  double nll_sum = 0;
  int64_t tokens = 0;
};

// -log softmax(row)[target], in double.
double negative_log_likelihood(std::span<const float> row, int32_t target) {
  const float greatest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (const float logit : row) sum += std::exp(static_cast<double>(logit - greatest));
  return std::log(sum) - static_cast<double>(row[static_cast<size_t>(target)] - greatest);
}

// Windows of `context` tokens whose starts lie `stride` apart; each token is scored once, in the first window that holds
// it and a token before it. This is Transformers' "Perplexity of fixed-length models" with its sum taken over tokens.
Score score(const EDPretrainedModel& model, std::span<const int32_t> ids, int64_t context, int64_t stride,
            ProgressSink* sink) {
  const auto size = static_cast<int64_t>(ids.size());
  const ProgressTask task(sink, "Scoring", static_cast<uint64_t>(size), ProgressUnit::kTokens);
  Score score;
  int64_t scored_until = 0;
  for (int64_t begin = 0; scored_until < size; begin += stride) {
    const int64_t end = std::min(begin + context, size);
    const auto window = ids.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    const int64_t first = std::max(scored_until, begin + 1);
    if (first < end) {
      const int64_t kept = end - first + 1;  // logits of the position before the first target, and on
      const ForwardOutput output =
          model.forward({.input_ids = HostTensor::from<int32_t>(std::vector<int64_t>{1, end - begin}, window),
                         .logits_to_keep = kept});
      const std::span<const float> logits = output.logits.data<float>();
      const auto vocab = static_cast<size_t>(output.logits.shape().dim(-1));
      for (int64_t target = first; target < end; ++target)
        score.nll_sum +=
            negative_log_likelihood(logits.subspan(static_cast<size_t>(target - first) * vocab, vocab),
                                    ids[static_cast<size_t>(target)]);
      score.tokens += end - first;
    }
    task.advance(static_cast<uint64_t>(end - scored_until));
    scored_until = end;
  }
  return score;
}

void run(const Options& options) {
  const std::string text = read_text_file(options.text);
  const LoadedModel loaded = load_model(options.model, options.common);
  std::vector<int32_t> ids = require_tokenizer(loaded, "eval").encode(text);
  if (options.max_tokens > 0 && static_cast<int64_t>(ids.size()) > options.max_tokens)
    ids.resize(static_cast<size_t>(options.max_tokens));
  if (ids.size() < 2)
    throw Error(ErrorCode::kInvalidArgument, "eval",
                fmt::format("{} gives {} tokens; a perplexity needs at least 2", options.text, ids.size()));
  const int64_t context = options.context;
  const int64_t stride = options.stride > 0 ? options.stride : context;
  if (context < 2 || stride > context)
    throw Error(
        ErrorCode::kInvalidArgument, "eval",
        fmt::format("context {} and stride {} leave tokens out; use a context of at least 2 and a stride up "
                    "to it",
                    context, stride));
  const std::unique_ptr<ProgressSink> progress = options.common.progress();
  const Score result = score(*loaded.model, ids, context, stride, progress.get());
  const double nll = result.nll_sum / static_cast<double>(result.tokens);
  if (options.json)
    print_json({{"perplexity", std::exp(nll)}, {"nll", nll}, {"tokens", result.tokens}});
  else
    print_line(fmt::format("perplexity {:.4f} ({:.5f} nats a token over {} tokens)", std::exp(nll), nll,
                           result.tokens));
}

}  // namespace

Command add_eval(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* app = add_subcommand(
      program, "eval", "Measure the perplexity of a text",
      {"easydel eval data/tiny-shakespeare --text data/shakespeare.txt --max-tokens 4096",
       "easydel eval data/tiny-shakespeare --text data/shakespeare.txt --context 512 --stride 256 --json"});
  add_model_argument(*app, options->model);
  app->add_option("--text", options->text, "A file with the text; - reads stdin")->required();
  app->add_option("--context", options->context, "Tokens per window")->capture_default_str();
  app->add_option("--stride", options->stride, "Tokens between the starts of two windows; 0: the context");
  app->add_option("--max-tokens", options->max_tokens, "Score only the first tokens of the text; 0: all");
  app->add_flag("--json", options->json, "Print {\"perplexity\",\"nll\",\"tokens\"}");
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
