// Llama (Touvron et al. 2023, arXiv:2302.13971; Grattafiori et al. 2024, arXiv:2407.21783), and the many models that
// are published as Llama: SmolLM, TinyLlama, Vicuna, DeepSeek's distillations.
#include "models/registry.h"
#include "nn/decoder.h"
#include "nn/partition_rules.h"

namespace easydel {
namespace {

// `pretraining_tp` splits products without changing them, and is not read.
std::unique_ptr<nn::Module> make_llama(const EDPretrainedConfig& config, ModelTask task) {
  return std::make_unique<nn::Decoder>(nn::DecoderConfig::from(config, {.max_position_embeddings = 2048}),
                                       task);
}

PartitionRules partition_rules(bool fully_sharded) {
  return nn::decoder_partition_rules(fully_sharded ? nn::fully_sharded_specs() : nn::tensor_parallel_specs());
}

}  // namespace

void register_llama(ModelRegistry& registry) {
  registry.add({.model_type = "llama",
                .classes = decoder_classes("Llama"),
                .make = make_llama,
                .partition_rules = partition_rules});
}

}  // namespace easydel
