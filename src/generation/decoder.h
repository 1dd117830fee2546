// Decoder: what generation needs from a model; tests put a fake in its place.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "easydel/host_tensor.h"

namespace easydel::generation {

/// A batch whose cache grows with each call.
class Session {
 public:
  virtual ~Session() = default;
  /// Feeds one token per row; f32 logits [batch, vocab] of the next one.
  virtual HostTensor decode(std::span<const int32_t> ids) = 0;
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual int64_t vocab_size() const = 0;
  /// Positions that the model knows.
  virtual int64_t max_positions() const = 0;
  /// Feeds the prompts, left-padded to one length; sets `logits` (f32 [batch, vocab]) of the next tokens. The session
  /// can hold `capacity` positions.
  virtual std::unique_ptr<Session> start(std::span<const std::vector<int32_t>> prompts, int64_t capacity,
                                         HostTensor& logits) = 0;
};

}  // namespace easydel::generation
