// Quantized formats: how the rows of a weight become fewer bytes and come back. One row of a table per format; pure
// functions on bytes.
//
//   const quantization::Format& int8 = quantization::format("int8");
//   std::vector<HostTensor> parts = quantization::encode(int8, weight, "lm_head.weight");   // codes and scales
//   HostTensor near = quantization::decode(int8, parts, weight.shape());
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/host_tensor.h"

namespace easydel {
class ThreadPool;
}

namespace easydel::quantization {

/// One of the tensors that a quantized weight is held and stored as: `items` elements for each `weights` of a row.
struct Part {
  std::string_view suffix;  ///< behind the weight's name
  DType dtype;
  int64_t weights = 1, items = 1;

  /// Of the part of a weight of these dims.
  Shape shape(std::span<const int64_t> dims) const;
  std::string name(std::string_view weight) const { return std::string(weight) + std::string(suffix); }
};

struct Format {
  std::string_view name;
  int64_t block;  ///< neighbouring weights of a row that share a scale; the last block may be shorter
  std::span<const Part> parts;  ///< the first one goes by the weight's own name
  /// One row; `parts` has its place in each part. Weights must be at most `greatest` in magnitude. `importance` is what
  /// pack_importance() gave (importance.h); empty: the errors of all weights matter the same.
  void (*encode)(std::span<const float> row, std::span<const float> importance,
                 std::span<std::byte* const> parts);
  void (*decode)(std::span<const std::byte* const> parts, std::span<float> row);
  float greatest;
  /// The most that a weight moves, without an importance, in a block whose greatest magnitude is that.
  float (*error_bound)(float magnitude);

  /// Of whole blocks.
  double bytes_per_weight() const;
};

/// All formats.
std::span<const Format> formats();
/// Error(kUnsupported) lists the names.
const Format& format(std::string_view name);

struct EncodeOptions {
  /// [groups, 256, 256]: for each 256 columns the mean products of what they are multiplied with (importance.h); empty:
  /// errors in all columns matter the same.
  std::span<const float> importance = {};
  ThreadPool* pool = nullptr;              ///< encodes rows in parallel; null: on this thread
  std::function<void()> after_piece = {};  ///< called when the bytes read so far are no longer needed
};

/// The parts of a float weight [..., in], a few rows at a time. Error(kInvalidArgument) names the weight when it holds what
/// the format cannot: NaN, infinities, too great numbers; or when the importance is not of its columns.
std::vector<HostTensor> encode(const Format& format, const HostTensor& weight, std::string_view name,
                               const EncodeOptions& options = {});

/// The weight that parts stand for. `shape` is of a float dtype.
HostTensor decode(const Format& format, std::span<const HostTensor> parts, const Shape& shape);

}  // namespace easydel::quantization
