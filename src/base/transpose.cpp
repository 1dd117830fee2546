#include "base/transpose.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {
namespace {

/// [rows, columns] to [columns, rows], in squares whose lines stay in the first-level cache.
template <size_t kItem>
void transpose(const std::byte* source, std::byte* target, size_t rows, size_t columns) {
  constexpr size_t kSquare = 32;
  for (size_t row = 0; row < rows; row += kSquare)
    for (size_t column = 0; column < columns; column += kSquare)
      for (size_t c = column; c < std::min(column + kSquare, columns); ++c)
        for (size_t r = row; r < std::min(row + kSquare, rows); ++r)
          std::memcpy(target + (c * rows + r) * kItem, source + (r * columns + c) * kItem, kItem);
}

}  // namespace

Shape swap_last_axes(const Shape& shape) {
  if (shape.rank() < 2)
    throw Error(ErrorCode::kShapeMismatch, "transpose", fmt::format("{} has no two axes to swap", shape));
  std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
  std::swap(dims[dims.size() - 2], dims.back());
  return shape.with_dims(dims);
}

HostTensor swap_last_axes(const HostTensor& tensor) {
  const Shape& shape = tensor.shape();
  HostTensor result = HostTensor::uninitialized(swap_last_axes(shape));
  if (shape.elements() == 0) return result;
  const auto rows = static_cast<size_t>(shape.dim(-2)), columns = static_cast<size_t>(shape.dim(-1));
  const size_t item = item_size(shape.dtype()), matrix = rows * columns * item;
  for (size_t begin = 0; begin < shape.bytes(); begin += matrix) {
    const std::byte* source = tensor.bytes().data() + begin;
    std::byte* target = result.mutable_bytes().data() + begin;
    if (item == 1) transpose<1>(source, target, rows, columns);
    if (item == 2) transpose<2>(source, target, rows, columns);
    if (item == 4) transpose<4>(source, target, rows, columns);
    if (item == 8) transpose<8>(source, target, rows, columns);
  }
  return result;
}

}  // namespace easydel
