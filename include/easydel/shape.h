// Shape: an element type and the sizes of the axes, row-major.
//
//   Shape shape(DType::kF32, {2, 3, 64});
//   shape.dim(-1);          // 64
//   shape.elements();       // 384
//   shape.to_string();      // "f32[2,3,64]"
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "easydel/dtype.h"

namespace easydel {

class Shape {
 public:
  static constexpr int kMaxRank = 8;

  Shape() = default;
  /// Throws Error(kInvalidArgument) for more than kMaxRank axes, a negative size, or a byte count past 2^62.
  Shape(DType dtype, std::span<const int64_t> dims);
  Shape(DType dtype, std::initializer_list<int64_t> dims)
      : Shape(dtype, std::span<const int64_t>(dims.begin(), dims.size())) {}

  DType dtype() const { return dtype_; }
  int rank() const { return rank_; }
  /// Size of an axis; negative axes count from the end. Throws Error(kInvalidArgument) out of range.
  int64_t dim(int axis) const;
  std::span<const int64_t> dims() const { return {dims_.data(), static_cast<size_t>(rank_)}; }
  int64_t elements() const { return elements_; }
  size_t bytes() const { return static_cast<size_t>(elements_) * item_size(dtype_); }

  Shape with_dtype(DType dtype) const { return Shape(dtype, dims()); }
  Shape with_dims(std::span<const int64_t> dims) const { return Shape(dtype_, dims); }
  Shape with_dims(std::initializer_list<int64_t> dims) const { return Shape(dtype_, dims); }

  std::string to_string() const;
  friend bool operator==(const Shape& a, const Shape& b) {
    return a.dtype_ == b.dtype_ && a.rank_ == b.rank_ && a.dims_ == b.dims_;
  }

 private:
  std::array<int64_t, kMaxRank> dims_{};
  int64_t elements_ = 1;
  int rank_ = 0;
  DType dtype_ = DType::kF32;
};

}  // namespace easydel
