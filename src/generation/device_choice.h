// Choosing tokens on the device: the end of a program's graph, behind the logits, so that only tokens come back.
//
//   if (const auto chooser = DeviceChooser::of(config, cache_length, vocab_size)) {
//     graph.set_output("next_ids", trace_choice(logits, *chooser).ids);   // adds inputs "choice.*" to the graph
//     std::vector<HostTensor> inputs = choice_inputs(*chooser, config, choice, vocab_size);   // in their order
//   }
//
// The tokens are those of next_tokens() on the host but for two things: probabilities are summed in f32, and of tokens
// that are tied with the k-th likeliest only k are kept, the smallest ids first.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "easydel/generation_config.h"
#include "easydel/host_tensor.h"
#include "generation/next_tokens.h"
#include "graph/graph.h"

namespace easydel::generation {

/// What the graph depends on; temperature and the like are inputs.
struct DeviceChooser {
  bool samples = false;    ///< false: the most likely token, or for a beam search the `ranked` likeliest
  int64_t top_k = 0;       ///< when sampling; 0: all tokens
  int64_t edit_slots = 0;  ///< logits of each row that may be edited before the choice
  int64_t ranked = 0;      ///< tokens per row whose log-probabilities a beam search wants; 0: no beam search
  bool renormalizes = false;  ///< their log-probabilities after the edits

  /// For texts of up to `text_length` tokens. Nothing for options that are applied on the host, to all logits of a step:
  /// typical_p, top_h, epsilon_cutoff, eta_cutoff, remove_invalid_values, and sampling with beams.
  static std::optional<DeviceChooser> of(const GenerationConfig& config, int64_t text_length,
                                         int64_t vocab_size);
  friend auto operator<=>(const DeviceChooser&, const DeviceChooser&) = default;
};

struct DeviceTokens {
  Value ids;     ///< i32 [batch], -1 where a draw finds no finite logit; for a beam search [batch, ranked]
  Value scores;  ///< f32 [batch, ranked]; none without a beam search
};

/// Of f32 logits [batch, vocab].
DeviceTokens trace_choice(Value logits, const DeviceChooser& chooser);

/// Values of the inputs that trace_choice() added, in their order.
std::vector<HostTensor> choice_inputs(const DeviceChooser& chooser, const GenerationConfig& config,
                                      const StepChoice& choice, int64_t vocab_size);

}  // namespace easydel::generation
