// Llama (Touvron et al. 2023, arXiv:2302.13971; Grattafiori et al. 2024, arXiv:2407.21783), and the many models that
// are published as Llama: SmolLM, TinyLlama, Vicuna, DeepSeek's distillations.
#include "models/registry.h"
#include "nn/decoder.h"

namespace easydel {
namespace {

// `pretraining_tp` splits products without changing them, and is not read.
std::unique_ptr<nn::CausalLM> make_llama(const EDPretrainedConfig& config) {
  return std::make_unique<nn::Decoder>(nn::DecoderConfig::from(config, {.max_position_embeddings = 2048}));
}

}  // namespace

void register_llama(ModelRegistry& registry) {
  registry.add({.model_type = "llama", .architecture = "LlamaForCausalLM", .make = make_llama});
}

}  // namespace easydel
