// Passes: how the tokens of one call are cut into pieces, and which program runs each.
//
//   for (const PassPiece& piece : cut_pass({.seq = 700, .capacity = 1024, .logits_to_keep = 1}, /*buckets=*/true))
//     ...   // [0, 512) at its length, then [512, 700) padded to 256
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "easydel/shape.h"
#include "generation/device_choice.h"

namespace easydel {

/// Which part of a model a program computes.
enum class ProgramPart : uint8_t {
  kModel,       ///< the whole or, of an encoder-decoder, the decoder
  kEncoder,     ///< hidden states of its input
  kSourceKeys,  ///< the keys and values that the decoder's cross attention has of them
};

/// Everything that a traced program depends on.
struct ProgramKey {
  static constexpr int64_t kNoLogits = -1;

  int64_t batch = 1, seq = 1;
  int64_t capacity = 0;          ///< of the cache; 0: none
  int64_t logits_to_keep = 0;    ///< last positions with logits; 0: all; kNoLogits: none
  bool padded = false;           ///< the last positions are padding
  bool masked = false;           ///< takes a key mask
  bool hidden_states = false;    ///< returns them
  bool router_logits = false;    ///< returns them
  bool token_types = false;      ///< takes them
  bool column_products = false;  ///< returns those of linear layers (column_products.h)
  ProgramPart part = ProgramPart::kModel;
  int64_t source_length = 0;   ///< of the encoder's hidden states; 0: none
  bool source_masked = false;  ///< takes a mask of them
  DType cache_dtype = DType::kF32;
  std::optional<generation::DeviceChooser> chooser;  ///< returns tokens in place of logits
  friend auto operator<=>(const ProgramKey&, const ProgramKey&) = default;

  /// Whether the program is told at which position the kept logits start.
  bool takes_logits_start() const { return padded && logits_to_keep > 0; }
};

/// What is asked of a pass.
struct PassShape {
  int64_t batch = 1, seq = 1;
  int64_t cached = 0;          ///< positions that the cache holds before
  int64_t capacity = 0;        ///< of the cache; 0: none
  int64_t logits_to_keep = 0;  ///< 0: of all positions
  bool masked = false;
  bool hidden_states = false;
  bool router_logits = false;
  bool token_types = false;
  ProgramPart part = ProgramPart::kModel;
  int64_t source_length = 0;
  bool source_masked = false;
  DType cache_dtype = DType::kF32;
  std::optional<generation::DeviceChooser> chooser;  ///< with logits_to_keep 1
};

/// The tokens [begin, end) of a pass, run at `key.seq`, which is their number or a bucket above it. Padding goes behind
/// the tokens, where causal attention or a mask hides it; its keys and values are overwritten by the tokens that follow.
struct PassPiece {
  int64_t begin = 0, end = 0;
  ProgramKey key;

  int64_t tokens() const { return end - begin; }
  /// Positions of this piece whose logits are wanted.
  int64_t kept() const { return key.logits_to_keep > 0 ? key.logits_to_keep : tokens(); }
};

/// A long prompt that fills a cache is fed in pieces, so that intermediate values stay small; the last piece holds at
/// least the positions whose logits are wanted. With `buckets`, for engines that compile slowly, pieces run at one of
/// pass_buckets(), but never past the cache's end.
std::vector<PassPiece> cut_pass(const PassShape& shape, bool buckets);

/// The length at which a program takes `tokens` that no cache holds.
int64_t program_length(int64_t tokens, bool buckets);

/// 1, 16, 32, ... up to the longest piece; passes without a cache go on in its multiples.
std::vector<int64_t> pass_buckets();

}  // namespace easydel
