// ProgramCache: the compiled programs of a model, one per shape of its inputs, the least recently used dropped first.
#pragma once

#include <compare>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "nn/causal_lm.h"
#include "pretrained/placement.h"

namespace easydel {

/// Everything that a traced program depends on.
struct ProgramKey {
  static constexpr int64_t kNoLogits = -1;

  int64_t batch = 1, seq = 1;
  int64_t capacity = 0;        ///< of the cache; 0: none
  int64_t logits_to_keep = 0;  ///< last positions with logits; 0: all; kNoLogits: none
  bool padded = false;         ///< the last positions are padding
  bool masked = false;         ///< takes a key mask
  bool hidden_states = false;  ///< returns them
  DType cache_dtype = DType::kF32;
  friend auto operator<=>(const ProgramKey&, const ProgramKey&) = default;

  /// Whether the program is told at which position the kept logits start.
  bool takes_logits_start() const { return padded && logits_to_keep > 0; }
};

/// The program takes "input_ids" and "position_ids" i32 [batch, seq], "text_lengths" i32 [batch], then, where
/// it has them, "key_mask" i32 [batch, capacity or seq], "logits_start" i32 [], "cache_offset" i32 [], and
/// per layer "cache.<n>.key" and "cache.<n>.value". It returns "logits", "hidden.<n>" and the caches, in this
/// order, those that it has.
Graph trace_program(const ProgramKey& key, const nn::CausalLM& module, DType activation_dtype,
                    const nn::ActivationSharding* sharding);

class ProgramCache {
 public:
  Executable& get(const ProgramKey& key, const nn::CausalLM& module, Engine& engine,
                  const std::map<std::string, Buffer, std::less<>>& weights, const Placement& placement,
                  const NamedShardings& shardings);
  void clear();
  size_t peak_arena_bytes() const { return peak_arena_bytes_; }

 private:
  struct Entry {
    std::unique_ptr<Executable> program;
    std::list<ProgramKey>::iterator recency;
  };
  std::map<ProgramKey, Entry> entries_;
  std::list<ProgramKey> recency_;  // the latest first
  size_t peak_arena_bytes_ = 0;
};

}  // namespace easydel
