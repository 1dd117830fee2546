// Choosing tokens on the device: the end of a program's graph, behind the logits, so that only tokens come back.
//
//   const DeviceChooser chooser = DeviceChooser::of(config, cache_length, vocab_size);
//   graph.set_output("next_ids", trace_choice(logits, chooser));   // adds inputs "choice.*" to the graph
//   std::vector<HostTensor> inputs = choice_inputs(chooser, config, choice, vocab_size);   // in their order
//
// The tokens are those of choose_tokens() on the host but for two things: probabilities are summed in f32, and of tokens
// that are tied with the k-th likeliest only k are kept, the smallest ids first.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "easydel/generation_config.h"
#include "easydel/host_tensor.h"
#include "generation/sampling.h"
#include "graph/graph.h"

namespace easydel::generation {

/// What the graph depends on; temperature and the like are inputs.
struct DeviceChooser {
  bool samples = false;    ///< false: the most likely token
  int64_t top_k = 0;       ///< when sampling; 0: all tokens
  int64_t edit_slots = 0;  ///< logits of each row that may be edited before the choice

  /// For texts of up to `text_length` tokens.
  static DeviceChooser of(const GenerationConfig& config, int64_t text_length, int64_t vocab_size);
  friend auto operator<=>(const DeviceChooser&, const DeviceChooser&) = default;
};

/// f32 logits [batch, vocab] -> i32 [batch]; -1 where a draw finds no finite logit.
Value trace_choice(Value logits, const DeviceChooser& chooser);

/// Values of the inputs that trace_choice() added, in their order.
std::vector<HostTensor> choice_inputs(const DeviceChooser& chooser, const GenerationConfig& config,
                                      const StepChoice& choice, int64_t vocab_size);

}  // namespace easydel::generation
