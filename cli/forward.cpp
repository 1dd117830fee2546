// `easydel forward`: what a model gives for given tokens, as a file.
#include <fmt/format.h>

#include "cli/model.h"
#include "io/safetensors.h"

namespace easydel::cli {
namespace {

struct ForwardOptions {
  std::string model, ids, decoder_ids, output;
  bool router_logits = false;
  CommonOptions common;
};

/// The results by the names of ForwardOutput, those that the model has.
std::vector<std::pair<std::string, HostTensor>> results_of(const ForwardOutput& output) {
  std::vector<std::pair<std::string, HostTensor>> results;
  for (const auto& [name, tensor] : named_outputs())
    if (!(output.*tensor).empty()) results.emplace_back(name, output.*tensor);
  for (size_t layer = 0; layer < output.router_logits.size(); ++layer)
    results.emplace_back(fmt::format("router_logits.{}", layer), output.router_logits[layer]);
  return results;
}

void run(const ForwardOptions& options) {
  const std::vector<std::vector<int32_t>> rows = parse_id_rows(options.ids);
  const LoadedModel loaded = load_model(options.model, options.common, {.with_tokenizer = false});
  const int32_t pad_id = loaded.model->generation_config().pad_token_id.value_or(0);
  const PaddedIds padded = pad_left(rows, pad_id);
  ForwardInputs inputs{.input_ids = padded.ids, .attention_mask = padded.attention_mask};
  if (options.router_logits) inputs.output_router_logits = true;
  if (!options.decoder_ids.empty()) {
    PaddedIds decoder = pad_left(parse_id_rows(options.decoder_ids), pad_id);
    inputs.decoder_input_ids = std::move(decoder.ids);
    inputs.decoder_attention_mask = std::move(decoder.attention_mask);
  }
  auto tensors = results_of(loaded.model->forward(inputs));
  const auto [name, result] = tensors.front();
  if (!padded.attention_mask.empty()) tensors.emplace_back("attention_mask", padded.attention_mask);
  io::write_safetensors(options.output, tensors);
  if (!options.common.quiet)
    fmt::print(stderr, "wrote {}: {} {}\n", options.output, name, result.shape().to_string());
}

}  // namespace

Command add_forward(CLI::App& program) {
  auto options = std::make_shared<ForwardOptions>();
  CLI::App* app = add_subcommand(
      program, "forward", "Write what a model gives for given tokens to a safetensors file",
      {"easydel forward data/tiny-shakespeare --ids 51,48,46 --output logits.safetensors",
       "easydel forward data/tiny-shakespeare --ids \"51,48,46;7,8\" --dtype f32 --output "
       "logits.safetensors",
       "easydel forward t5-small --ids 51,48,46,1 --decoder-ids 0,7 --output logits.safetensors"});
  add_model_argument(*app, options->model);
  app->add_option(
         "--ids", options->ids,
         "Token ids: 1,2,3; semicolons separate rows. Shorter rows are padded on the left, and the file "
         "then holds their attention_mask (i32 [batch, seq])")
      ->required();
  app->add_option("--decoder-ids", options->decoder_ids,
                  "Of an encoder-decoder: the text so far, from its start token on; rows as in --ids");
  app->add_flag(
      "--output-router-logits", options->router_logits,
      "Of mixtures of experts: also \"router_logits.<layer>\", f32 [batch * seq, experts], and \"aux_loss\"");
  app->add_option(
         "-o,--output", options->output,
         "The file: tensor \"logits\", f32 [batch, seq, vocab], or what else the model's class gives")
      ->required();
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
