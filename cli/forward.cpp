// `easydel forward`: the logits of given tokens, as a file.
#include <fmt/format.h>

#include "cli/model.h"
#include "io/safetensors.h"

namespace easydel::cli {
namespace {

struct Options {
  std::string model, ids, output;
  CommonOptions common;
};

void run(const Options& options) {
  const std::vector<std::vector<int32_t>> rows = parse_id_rows(options.ids);
  const LoadedModel loaded = load_model(options.model, options.common, {.with_tokenizer = false});
  const PaddedIds padded = pad_left(rows, loaded.model->generation_config().pad_token_id.value_or(0));
  const ForwardOutput output =
      loaded.model->forward({.input_ids = padded.ids, .attention_mask = padded.attention_mask});
  std::vector<std::pair<std::string, HostTensor>> tensors = {{"logits", output.logits}};
  if (!padded.attention_mask.empty()) tensors.emplace_back("attention_mask", padded.attention_mask);
  io::write_safetensors(options.output, tensors);
  if (!options.common.quiet)
    fmt::print(stderr, "wrote {}: logits {}\n", options.output, output.logits.shape().to_string());
}

}  // namespace

Command add_forward(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* app =
      add_subcommand(program, "forward", "Write the logits of given tokens to a safetensors file",
                     {"easydel forward data/tiny-shakespeare --ids 51,48,46 --output logits.safetensors",
                      "easydel forward data/tiny-shakespeare --ids \"51,48,46;7,8\" --dtype f32 --output "
                      "logits.safetensors"});
  add_model_argument(*app, options->model);
  app->add_option(
         "--ids", options->ids,
         "Token ids: 1,2,3; semicolons separate rows. Shorter rows are padded on the left, and the file "
         "then holds their attention_mask (i32 [batch, seq])")
      ->required();
  app->add_option("-o,--output", options->output, "The file: tensor \"logits\", f32 [batch, seq, vocab]")
      ->required();
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
