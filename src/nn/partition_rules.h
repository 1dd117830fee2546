// Partition rules: EasyDeL's sets for its model families, and how they speak of parameters: by Flax path, with kernels
// as [in, out]. Hugging Face, and so this library, stores a linear weight as [out, in]. (GPT-2's are the other way round
// on both sides.)
//
//   const ParameterSpec& q = ...;                      // "model.layers.0.self_attn.q_proj.weight", [out, in]
//   flax_path(set, q);                                 // "model/layers/0/self_attn/q_proj/kernel"
//   stored_spec(q, {{"fsdp", "sp"}, {"tp"}});          // P("tp", ("fsdp", "sp"))
#pragma once

#include <string>

#include "easydel/sharding.h"
#include "nn/parameters.h"

namespace easydel::nn {

/// EasyDeL's path of a parameter. Linear weights and RMS norms end in "kernel", embedding tables in "embedding", layer
/// norms (which have a bias beside them in `set`) in "scale"; other leaves keep their names. A model without a head has
/// the paths of one with a head, so that the same rules hold.
std::string flax_path(const ParameterSet& set, const ParameterSpec& parameter);

/// The path as EasyDeL's files of weights have it: with dots.
std::string flax_name(const ParameterSet& set, const ParameterSpec& parameter);
/// Whether EasyDeL holds the parameter with its last two axes swapped.
bool is_transposed_in_flax(const ParameterSpec& parameter);
/// The same of what is held of it: the parts of a quantized weight, too, lie in EasyDeL's files as its kernel would.
bool is_held_transposed_in_flax(const ParameterSpec& parameter);
/// The parameter's shape there.
Shape flax_shape(const ParameterSpec& parameter);

/// A spec for the Flax layout as one for the stored layout: the last two entries change places for linear weights.
PartitionSpec stored_spec(const ParameterSpec& parameter, const PartitionSpec& flax);

/// The entries by which the rule sets of dense decoders differ. The rest they share: the norms before attention and MLP
/// and the model's are whole everywhere.
struct DecoderRuleSpecs {
  PartitionSpec embedding, attention_inputs, attention_output, gate_and_up, down, head;
  PartitionSpec others;  ///< of every parameter that no rule before names, biases among them
};
PartitionRules decoder_partition_rules(const DecoderRuleSpecs& specs);

/// Llama's set for fully sharded data parallelism: all but attention's weights are split along one axis only.
DecoderRuleSpecs fully_sharded_specs();
/// Llama's set for tensor parallelism: each linear weight is split along both axes.
DecoderRuleSpecs tensor_parallel_specs();

/// Of models that have no set of their own: every parameter along its first axis over ("fsdp", "sp").
PartitionRules base_partition_rules(bool fully_sharded_data_parallel);

}  // namespace easydel::nn
