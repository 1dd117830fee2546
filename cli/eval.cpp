// `easydel eval`: perplexity of a text.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/model.h"
#include "easydel/error.h"

namespace easydel::cli {
namespace {

struct EvalOptions {
  std::string model, text, reference;
  int64_t context = 512, stride = 0, max_tokens = 0;
  bool json = false;
  CommonOptions common;
};

/// A sum of numbers per token.
struct Score {
  double nll_sum = 0;
  double nll(int64_t tokens) const { return nll_sum / static_cast<double>(tokens); }
};

/// How far the model's distributions are from the reference's.
struct Divergence {
  double sum = 0, greatest = 0;
  int64_t same_choices = 0;
};

struct Report {
  int64_t tokens = 0;
  Score model, reference;
  Divergence divergence;
};

/// log softmax(row), in double.
std::vector<double> log_probabilities(std::span<const float> row) {
  const float greatest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (const float logit : row) sum += std::exp(static_cast<double>(logit - greatest));
  std::vector<double> result;
  result.reserve(row.size());
  for (const float logit : row) result.push_back(static_cast<double>(logit - greatest) - std::log(sum));
  return result;
}

int64_t greatest_index(std::span<const double> row) {
  return std::max_element(row.begin(), row.end()) - row.begin();
}

/// Adds the Kullback-Leibler divergence of the model from the reference, in nats.
void add_divergence(std::span<const double> reference, std::span<const double> model, Divergence& to) {
  double divergence = 0;
  for (size_t id = 0; id < reference.size(); ++id)
    divergence += std::exp(reference[id]) * (reference[id] - model[id]);
  to.sum += divergence;
  to.greatest = std::max(to.greatest, divergence);
  to.same_choices += greatest_index(reference) == greatest_index(model) ? 1 : 0;
}

// Windows of `context` tokens whose starts lie `stride` apart; each token is scored once, in the first window that holds
// it and a token before it. This is Transformers' "Perplexity of fixed-length models" with its sum taken over tokens.
Report score(const EDPretrainedModel& model, const EDPretrainedModel* reference, std::span<const int32_t> ids,
             int64_t context, int64_t stride, ProgressSink* sink) {
  const auto size = static_cast<int64_t>(ids.size());
  const ProgressTask task(sink, "Scoring", static_cast<uint64_t>(size), ProgressUnit::kTokens);
  Report report;
  int64_t scored_until = 0;
  for (int64_t begin = 0; scored_until < size; begin += stride) {
    const int64_t end = std::min(begin + context, size);
    const auto window = ids.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    const int64_t first = std::max(scored_until, begin + 1);
    if (first < end) {
      const ForwardInputs inputs{
          .input_ids = HostTensor::from<int32_t>(std::vector<int64_t>{1, end - begin}, window),
          .logits_to_keep = end - first + 1};  // of the position before the first target, and on
      const HostTensor logits = model.forward(inputs).logits;
      const HostTensor other = reference != nullptr ? reference->forward(inputs).logits : HostTensor();
      const auto vocab = static_cast<size_t>(logits.shape().dim(-1));
      for (int64_t target = first; target < end; ++target) {
        const auto id = static_cast<size_t>(ids[static_cast<size_t>(target)]);
        const size_t row = static_cast<size_t>(target - first) * vocab;
        const std::vector<double> found = log_probabilities(logits.data<float>().subspan(row, vocab));
        report.model.nll_sum -= found[id];
        if (reference == nullptr) continue;
        const std::vector<double> expected = log_probabilities(other.data<float>().subspan(row, vocab));
        report.reference.nll_sum -= expected[id];
        add_divergence(expected, found, report.divergence);
      }
      report.tokens += end - first;
    }
    task.advance(static_cast<uint64_t>(end - scored_until));
    scored_until = end;
  }
  return report;
}

/// The model that --compare names, as it is stored.
LoadedModel load_reference(const EvalOptions& options, const EDPretrainedModel& model) {
  CommonOptions common = options.common;
  common.quantize.clear();
  LoadedModel loaded = load_model(options.reference, common, {.with_tokenizer = false});
  if (loaded.model->vocab_size() != model.vocab_size())
    throw Error(ErrorCode::kInvalidArgument, "eval",
                fmt::format("{} has {} tokens, {} has {}; compare models of one vocabulary", options.model,
                            model.vocab_size(), options.reference, loaded.model->vocab_size()));
  return loaded;
}

void print_report(const Report& report, const EvalOptions& options) {
  const bool compares = !options.reference.empty();
  const double nll = report.model.nll(report.tokens), reference_nll = report.reference.nll(report.tokens);
  const auto tokens = static_cast<double>(report.tokens);
  const double divergence = report.divergence.sum / tokens;
  const double agreement = static_cast<double>(report.divergence.same_choices) / tokens;
  if (options.json) {
    nlohmann::ordered_json json = {{"perplexity", std::exp(nll)}, {"nll", nll}, {"tokens", report.tokens}};
    if (compares)
      json["compared"] = {{"perplexity", std::exp(reference_nll)},
                          {"mean_kl", divergence},
                          {"max_kl", report.divergence.greatest},
                          {"same_top1", agreement}};
    return print_json(json);
  }
  print_line(fmt::format("perplexity {:.4f} ({:.5f} nats a token over {} tokens)", std::exp(nll), nll,
                         report.tokens));
  if (!compares) return;
  print_line(fmt::format("perplexity {:.4f} of {}", std::exp(reference_nll), options.reference));
  print_line(fmt::format("KL divergence from it: mean {:.6f}, greatest {:.5f} nats a token", divergence,
                         report.divergence.greatest));
  print_line(fmt::format("the same likeliest token: {:.2f} %", 100 * agreement));
}

void run(const EvalOptions& options) {
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
  const LoadedModel reference =
      options.reference.empty() ? LoadedModel() : load_reference(options, *loaded.model);
  const std::unique_ptr<ProgressSink> progress = options.common.progress();
  print_report(score(*loaded.model, reference.model.get(), ids, context, stride, progress.get()), options);
}

}  // namespace

Command add_eval(CLI::App& program) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* app = add_subcommand(
      program, "eval", "Measure the perplexity of a text, and the distance from another model",
      {"easydel eval data/tiny-shakespeare --text data/shakespeare.txt --max-tokens 4096",
       "easydel eval data/tiny-shakespeare --text data/shakespeare.txt --context 512 --stride 256 --json",
       "easydel eval data/tiny-shakespeare --text data/shakespeare.txt --max-tokens 4096 --quantize int4 "
       "--compare data/tiny-shakespeare"});
  add_model_argument(*app, options->model);
  app->add_option("--text", options->text, "A file with the text; - reads stdin")->required();
  app->add_option(
      "--compare", options->reference,
      "A model, taken as it is stored, from which to measure the divergence of MODEL's distributions");
  app->add_option("--context", options->context, "Tokens per window")->capture_default_str();
  app->add_option("--stride", options->stride, "Tokens between the starts of two windows; 0: the context");
  app->add_option("--max-tokens", options->max_tokens, "Score only the first tokens of the text; 0: all");
  app->add_flag("--json", options->json, "Print {\"perplexity\",\"nll\",\"tokens\"}, and \"compared\"");
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
