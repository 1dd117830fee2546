#include "pretrained/tokens.h"

#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {

HostTensor as_tokens(const HostTensor& tensor, std::string_view name, std::string_view operation) {
  if (tensor.empty() || tensor.shape().rank() != 2 ||
      !(is_integer(tensor.dtype()) || tensor.dtype() == DType::kBool))
    throw Error(ErrorCode::kShapeMismatch, std::string(operation),
                fmt::format("{} must be integers [batch, length], got {}", name,
                            tensor.empty() ? std::string("nothing") : tensor.shape().to_string()));
  return tensor.to(DType::kI32);
}

HostTensor ones(int64_t batch, int64_t length) {
  HostTensor mask = HostTensor::uninitialized(Shape(DType::kI32, {batch, length}));
  std::ranges::fill(mask.mutable_data<int32_t>(), 1);
  return mask;
}

HostTensor columns(const HostTensor& tensor, int64_t begin, int64_t end) {
  const int64_t batch = tensor.shape().dim(0), seq = tensor.shape().dim(1);
  if (begin == 0 && end == seq) return tensor;
  HostTensor result = HostTensor::uninitialized(Shape(DType::kI32, {batch, end - begin}));
  for (int64_t row = 0; row < batch; ++row)
    std::copy_n(tensor.data<int32_t>().begin() + row * seq + begin, end - begin,
                result.mutable_data<int32_t>().begin() + row * (end - begin));
  return result;
}

HostTensor pad_right(const HostTensor& tensor, int64_t length, int32_t fill) {
  const int64_t batch = tensor.shape().dim(0), seq = tensor.shape().dim(1);
  if (seq == length) return tensor;
  HostTensor result = HostTensor::uninitialized(Shape(DType::kI32, {batch, length}));
  std::ranges::fill(result.mutable_data<int32_t>(), fill);
  for (int64_t row = 0; row < batch; ++row)
    std::copy_n(tensor.data<int32_t>().begin() + row * seq, seq,
                result.mutable_data<int32_t>().begin() + row * length);
  return result;
}

HostTensor without_padding(const HostTensor& tensor, int64_t seq) {
  const int64_t batch = tensor.shape().dim(0), length = tensor.shape().dim(1);
  if (seq >= length) return tensor;
  std::vector<int64_t> dims(tensor.shape().dims().begin(), tensor.shape().dims().end());
  dims[1] = seq;
  HostTensor result = HostTensor::uninitialized(tensor.shape().with_dims(dims));
  const size_t to = result.shape().bytes() / static_cast<size_t>(batch);
  const size_t from = tensor.shape().bytes() / static_cast<size_t>(batch);
  for (size_t row = 0; row < static_cast<size_t>(batch); ++row)
    std::ranges::copy(tensor.bytes().subspan(row * from, to),
                      result.mutable_bytes().begin() + static_cast<std::ptrdiff_t>(row * to));
  return result;
}

}  // namespace easydel
