// HostTensor: a shape and its bytes in host memory or in a mapped file. Copies share the bytes.
//
//   HostTensor ids = HostTensor::from<int32_t>({1, 3}, {5, 6, 7});
//   HostTensor zeros = HostTensor::zeros({DType::kF32, {2, 2}});
//   std::span<const float> values = zeros.data<float>();
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "easydel/shape.h"

namespace easydel {

class HostTensor {
 public:
  HostTensor() = default;

  /// Fresh zeroed storage, 64-byte aligned.
  static HostTensor zeros(const Shape& shape);
  /// Fresh storage with indeterminate bytes, 64-byte aligned.
  static HostTensor uninitialized(const Shape& shape);
  /// A read-only view of bytes that `owner` keeps alive (a mapped file). `data.size()` must be
  /// `shape.bytes()`.
  static HostTensor view(const Shape& shape, std::span<const std::byte> data,
                         std::shared_ptr<const void> owner);
  /// A copy of `values`, whose count must be the product of `dims`.
  template <typename T>
  static HostTensor from(std::span<const int64_t> dims, std::span<const T> values) {
    return copy_of(Shape(dtype_of<T>(), dims), std::as_bytes(values));
  }
  template <typename T>
  static HostTensor from(std::initializer_list<int64_t> dims, const std::vector<T>& values) {
    return from<T>(std::span<const int64_t>(dims.begin(), dims.size()), std::span<const T>(values));
  }
  static HostTensor copy_of(const Shape& shape, std::span<const std::byte> bytes);

  const Shape& shape() const { return shape_; }
  DType dtype() const { return shape_.dtype(); }
  std::span<const std::byte> bytes() const { return {data_, shape_.bytes()}; }
  bool empty() const { return data_ == nullptr; }
  /// Keeps the bytes alive: for views that outlive this tensor.
  const std::shared_ptr<const void>& owner() const { return owner_; }

  /// The elements; throws Error(kShapeMismatch) when T is not the tensor's dtype.
  template <typename T>
  std::span<const T> data() const {
    check_dtype(dtype_of<T>());
    return {reinterpret_cast<const T*>(data_), static_cast<size_t>(shape_.elements())};
  }
  /// As data(), for writing; throws Error(kInvalidArgument) for a read-only view.
  template <typename T>
  std::span<T> mutable_data() {
    check_dtype(dtype_of<T>());
    return {reinterpret_cast<T*>(mutable_bytes().data()), static_cast<size_t>(shape_.elements())};
  }
  std::span<std::byte> mutable_bytes();

  /// The same numbers in another dtype (rounded to nearest even; integers saturate). Shares bytes when
  /// nothing changes.
  HostTensor to(DType dtype) const;
  /// The same bytes under other dims of the same element count.
  HostTensor reshaped(std::span<const int64_t> dims) const;

 private:
  void check_dtype(DType wanted) const;

  Shape shape_;
  const std::byte* data_ = nullptr;
  bool writable_ = false;
  std::shared_ptr<const void> owner_;
};

}  // namespace easydel
