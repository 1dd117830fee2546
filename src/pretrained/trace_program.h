// trace_program(): the graph of one program of a model.
//
//   Graph graph = trace_program({.batch = 1, .seq = 16, .logits_to_keep = 1}, module, DType::kF32, nullptr);
#pragma once

#include "nn/module.h"
#include "pretrained/passes.h"

namespace easydel {

/// The program takes "input_ids" and "position_ids" i32 [batch, seq], "text_lengths" i32 [batch], then, where
/// it has them, "token_type_ids" i32 [batch, seq], "key_mask" i32 [batch, capacity or seq], "source_mask" i32 [batch,
/// source], "logits_start" i32 [], then without a cache "source_states" [batch, source, hidden]; with one "cache_offset"
/// i32 [], per layer the parts of its cache (nn/cache.h) "cache.<n>.key", ..., and the same of "source.<n>"; then what the choice of tokens
/// needs. It returns what the module's head gives or "next_ids" (i32 [batch]; for a beam search [batch, ranked], and f32
/// "next_scores"), "hidden.<n>", f32 "router.<n>" [batch, seq, experts] and the caches, in this order, those that it has.
///
/// The program of ProgramPart::kSourceKeys takes "source_states" and returns "source.<n>.key" and "source.<n>.value".
Graph trace_program(const ProgramKey& key, const nn::Module& module, DType activation_dtype,
                    const nn::ActivationSharding* sharding, int64_t mlp_chunk_size = 0);

}  // namespace easydel
