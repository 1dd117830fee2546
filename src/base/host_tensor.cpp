#include "easydel/host_tensor.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "base/format.h"
#include "base/huge_pages.h"
#include "easydel/error.h"

namespace easydel {
namespace {

constexpr size_t kAlignment = 64;

/// Larger tensors, such as caches of keys, lie in huge pages (but where the address sanitizer wants to watch them). A mapping for a
/// smaller one, such as a step's logits, costs more than it gains.
std::shared_ptr<std::byte> allocate(size_t bytes) {
#ifndef __SANITIZE_ADDRESS__
  if (bytes >= 2 * kHugePageBytes) {
    if (std::shared_ptr<std::byte> data = map_huge_pages(bytes)) return data;
  }
#endif
  const size_t rounded = std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
  auto* data = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (data == nullptr)
    throw Error(ErrorCode::kIo, "allocate", fmt::format("{} bytes of host memory are not available", bytes));
  return {data, [](std::byte* pointer) { std::free(pointer); }};
}

template <typename To, typename From>
To convert_element(From value) {
  if constexpr (std::is_same_v<From, BFloat16> || std::is_same_v<From, Float16>) {
    return convert_element<To>(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, BFloat16> || std::is_same_v<To, Float16>) {
    return To(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (std::is_integral_v<To> && !std::is_same_v<From, bool>) {
    const auto low = static_cast<long double>(std::numeric_limits<To>::min());
    const auto high = static_cast<long double>(std::numeric_limits<To>::max());
    const auto wide = static_cast<long double>(value);
    if (std::isnan(wide)) return To{};
    return wide <= low    ? std::numeric_limits<To>::min()
           : wide >= high ? std::numeric_limits<To>::max()
                          : static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

/// Calls `f` with a value of the C++ type that stands for `dtype`.
template <typename F>
void with_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kBool:
      return f(bool{});
    case DType::kI8:
      return f(int8_t{});
    case DType::kU8:
      return f(uint8_t{});
    case DType::kI32:
      return f(int32_t{});
    case DType::kU32:
      return f(uint32_t{});
    case DType::kI64:
      return f(int64_t{});
    case DType::kF16:
      return f(Float16{});
    case DType::kBF16:
      return f(BFloat16{});
    case DType::kF32:
      return f(float{});
    case DType::kF64:
      return f(double{});
    case DType::kAuto:
      break;
  }
  throw Error(ErrorCode::kInvalidArgument, "dtype", "\"auto\" holds no elements; choose a dtype first");
}

}  // namespace

HostTensor HostTensor::zeros(const Shape& shape) {
  HostTensor tensor = uninitialized(shape);
  std::memset(tensor.mutable_bytes().data(), 0, shape.bytes());
  return tensor;
}

HostTensor HostTensor::uninitialized(const Shape& shape) {
  HostTensor tensor;
  std::shared_ptr<std::byte> storage = allocate(shape.bytes());
  tensor.shape_ = shape;
  tensor.data_ = storage.get();
  tensor.writable_ = true;
  tensor.owner_ = std::move(storage);
  return tensor;
}

HostTensor HostTensor::view(const Shape& shape, std::span<const std::byte> data,
                            std::shared_ptr<const void> owner) {
  if (data.size() != shape.bytes())
    throw Error(ErrorCode::kShapeMismatch, "tensor",
                fmt::format("{} needs {} bytes, got {}", shape, shape.bytes(), data.size()));
  HostTensor tensor;
  tensor.shape_ = shape;
  tensor.data_ = data.data();
  tensor.owner_ = std::move(owner);
  return tensor;
}

HostTensor HostTensor::copy_of(const Shape& shape, std::span<const std::byte> bytes) {
  if (bytes.size() != shape.bytes())
    throw Error(ErrorCode::kShapeMismatch, "tensor",
                fmt::format("{} needs {} bytes, got {}", shape, shape.bytes(), bytes.size()));
  HostTensor tensor = uninitialized(shape);
  std::copy(bytes.begin(), bytes.end(), tensor.mutable_bytes().begin());
  return tensor;
}

std::span<std::byte> HostTensor::mutable_bytes() {
  if (!writable_)
    throw Error(ErrorCode::kInvalidArgument, "tensor",
                "this tensor is a read-only view; copy it before writing");
  return {const_cast<std::byte*>(data_), shape_.bytes()};
}

HostTensor HostTensor::to(DType dtype) const {
  if (dtype == shape_.dtype() || dtype == DType::kAuto) return *this;
  HostTensor result = uninitialized(shape_.with_dtype(dtype));
  with_type(shape_.dtype(), [&](auto from) {
    with_type(dtype, [&](auto to) {
      using From = decltype(from);
      using To = decltype(to);
      const std::span<const From> source = data<From>();
      const std::span<To> target = result.mutable_data<To>();
      std::transform(source.begin(), source.end(), target.begin(),
                     [](From value) { return convert_element<To>(value); });
    });
  });
  return result;
}

HostTensor HostTensor::reshaped(std::span<const int64_t> dims) const {
  HostTensor result = *this;
  result.shape_ = Shape(dtype(), dims);
  if (result.shape_.elements() != shape_.elements())
    throw Error(ErrorCode::kShapeMismatch, "reshape",
                fmt::format("{} elements cannot become {}", shape_, result.shape_));
  return result;
}

void HostTensor::check_dtype(DType wanted) const {
  if (shape_.dtype() != wanted)
    throw Error(ErrorCode::kShapeMismatch, "tensor",
                fmt::format("holds {}, asked for {}; convert it with to()", shape_.dtype(), wanted));
}

}  // namespace easydel
