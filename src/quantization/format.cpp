#include "quantization/format.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/format.h"
#include "base/thread_pool.h"
#include "easydel/error.h"
#include "quantization/fp8.h"
#include "quantization/gguf.h"
#include "quantization/importance.h"
#include "quantization/int4.h"
#include "quantization/int8.h"

namespace easydel::quantization {
namespace {

const auto& table() {
  static const std::array kFormats = {kInt8,       kInt4, kInt4G64, kInt4G128, kInt4Zp, kInt4ZpG64,
                                      kInt4ZpG128, kNf4,  kFp8E4M3, kQ8_0,     kQ4_0,   kQ4_1,
                                      kQ5_0,       kQ5_1, kQ4K,     kQ5K,      kQ6K};
  return kFormats;
}

/// Weights that are read at once.
constexpr int64_t kPiece = 1 << 18;

struct Rows {
  int64_t count, columns;
};

Rows rows_of(const Shape& shape) {
  const int64_t columns = shape.dim(-1);
  return {columns == 0 ? 0 : shape.elements() / columns, columns};
}

void check(const Format& format, std::span<const float> values, std::string_view name) {
  const auto fits = [&](float value) { return std::abs(value) <= format.greatest; };  // false for NaN
  const auto found = std::ranges::find_if_not(values, fits);
  if (found != values.end())
    throw Error(
        ErrorCode::kInvalidArgument, "quantize",
        fmt::format("\"{}\" holds {}, which {} has no number near; correct the weight, or leave it as it is",
                    name, *found, format.name));
}

}  // namespace

Shape Part::shape(std::span<const int64_t> dims) const {
  std::vector<int64_t> part(dims.begin(), dims.end());
  part.back() = (part.back() + weights - 1) / weights * items;
  return {dtype, part};
}

double Format::bytes_per_weight() const {
  double bytes = 0;
  for (const Part& part : parts)
    bytes += static_cast<double>(part.items) * static_cast<double>(item_size(part.dtype)) /
             static_cast<double>(part.weights);
  return bytes;
}

std::span<const Format> formats() {
  return table();
}

const Format& format(std::string_view name) {
  const auto found = std::ranges::find(table(), name, &Format::name);
  if (found != table().end()) return *found;
  std::vector<std::string_view> names;
  names.reserve(table().size());
  for (const Format& known : table()) names.push_back(known.name);
  throw Error(ErrorCode::kUnsupported, "quantize",
              fmt::format("there is no format \"{}\"; known: {}", name, fmt::join(names, ", ")));
}

std::vector<HostTensor> encode(const Format& format, const HostTensor& weight, std::string_view name,
                               const EncodeOptions& options) {
  std::vector<HostTensor> parts;
  parts.reserve(format.parts.size());
  for (const Part& part : format.parts)
    parts.push_back(HostTensor::uninitialized(part.shape(weight.shape().dims())));
  const Rows rows = rows_of(weight.shape());
  if (rows.count == 0) return parts;
  const std::vector<float> importance = options.importance.empty()
                                            ? std::vector<float>()
                                            : pack_importance(options.importance, rows.columns, name);
  const size_t row_bytes = weight.shape().bytes() / static_cast<size_t>(rows.count);
  std::vector<std::byte*> begins;
  begins.reserve(parts.size());
  for (HostTensor& part : parts) begins.push_back(part.mutable_bytes().data());
  const auto encode_row = [&](std::span<const float> values, int64_t row) {
    std::vector<std::byte*> places;
    places.reserve(parts.size());
    for (size_t part = 0; part < parts.size(); ++part)
      places.push_back(begins[part] + static_cast<size_t>(row) *
                                          (parts[part].shape().bytes() / static_cast<size_t>(rows.count)));
    format.encode(values, importance, places);
  };
  const int64_t step = std::max<int64_t>(1, kPiece / rows.columns);
  for (int64_t begin = 0; begin < rows.count; begin += step) {
    const int64_t count = std::min(step, rows.count - begin);
    const auto bytes = weight.bytes().subspan(static_cast<size_t>(begin) * row_bytes,
                                              static_cast<size_t>(count) * row_bytes);
    const HostTensor piece =
        HostTensor::view(Shape(weight.dtype(), {count, rows.columns}), bytes, weight.owner()).to(DType::kF32);
    const std::span<const float> values = piece.data<float>();
    check(format, values, name);
    const auto encode_rows = [&](int64_t first, int64_t last) {
      for (int64_t row = first; row < last; ++row)
        encode_row(values.subspan(static_cast<size_t>(row * rows.columns), static_cast<size_t>(rows.columns)),
                   begin + row);
    };
    if (options.pool != nullptr)
      options.pool->parallel_for(count, 1, encode_rows);
    else
      encode_rows(0, count);
    if (options.after_piece) options.after_piece();
  }
  return parts;
}

HostTensor decode(const Format& format, std::span<const HostTensor> parts, const Shape& shape) {
  HostTensor weight = HostTensor::uninitialized(shape.with_dtype(DType::kF32));
  const Rows rows = rows_of(shape);
  std::vector<const std::byte*> places;
  places.reserve(parts.size());
  for (const HostTensor& part : parts) places.push_back(part.bytes().data());
  for (int64_t row = 0; row < rows.count; ++row) {
    format.decode(places, weight.mutable_data<float>().subspan(static_cast<size_t>(row * rows.columns),
                                                               static_cast<size_t>(rows.columns)));
    for (size_t part = 0; part < parts.size(); ++part)
      places[part] += parts[part].shape().bytes() / static_cast<size_t>(rows.count);
  }
  return weight.to(shape.dtype());
}

}  // namespace easydel::quantization
