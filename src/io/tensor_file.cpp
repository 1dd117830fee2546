#include "io/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "easydel/error.h"

namespace easydel::io {
namespace {

bool is_aligned(std::span<const std::byte> bytes, DType dtype) {
  return reinterpret_cast<uintptr_t>(bytes.data()) % item_size(dtype) == 0;
}

/// Copies `axis` and the axes after it; returns the place after the last element written.
std::byte* gather(const StoredTensor& stored, int axis, const std::byte* source, std::byte* target) {
  const size_t item = item_size(stored.shape.dtype());
  if (axis == stored.shape.rank()) {
    std::memcpy(target, source, item);
    return target + item;
  }
  const int64_t step = stored.strides[static_cast<size_t>(axis)] * static_cast<int64_t>(item);
  const int64_t count = stored.shape.dim(axis);
  for (int64_t i = 0; i < count; ++i) target = gather(stored, axis + 1, source + i * step, target);
  return target;
}

}  // namespace

TensorFile::TensorFile(std::string source, std::shared_ptr<const void> owner,
                       std::vector<StoredTensor> tensors, std::map<std::string, std::string> metadata)
    : source_(std::move(source)),
      owner_(std::move(owner)),
      tensors_(std::move(tensors)),
      metadata_(std::move(metadata)) {
  index_.reserve(tensors_.size());
  for (size_t i = 0; i < tensors_.size(); ++i)
    if (!index_.emplace(tensors_[i].name, i).second)
      throw Error(ErrorCode::kCorruptFile, source_,
                  fmt::format("holds two tensors named \"{}\"", tensors_[i].name));
}

TensorFile TensorFile::under(std::string_view prefix) const {
  std::vector<StoredTensor> tensors;
  for (const StoredTensor& stored : tensors_)
    if (stored.name.starts_with(prefix)) {
      tensors.push_back(stored);
      tensors.back().name.erase(0, prefix.size());
    }
  TensorFile part(source_, owner_, std::move(tensors), metadata_);
  part.mapped_ = mapped_;
  return part;
}

const StoredTensor& TensorFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  if (found == index_.end())
    throw Error(ErrorCode::kNotFound, source_,
                fmt::format("has no tensor \"{}\" among its {}", name, tensors_.size()));
  return tensors_[found->second];
}

HostTensor TensorFile::tensor(const StoredTensor& stored) const {
  if (!stored.strides.empty()) {
    HostTensor result = HostTensor::uninitialized(stored.shape);
    if (stored.shape.elements() > 0) gather(stored, 0, stored.bytes.data(), result.mutable_bytes().data());
    return result;
  }
  if (!stored.more.empty()) {
    HostTensor result = HostTensor::uninitialized(stored.shape);
    std::byte* target = std::ranges::copy(stored.bytes, result.mutable_bytes().data()).out;
    for (const std::span<const std::byte> piece : stored.more) target = std::ranges::copy(piece, target).out;
    return result;
  }
  if (stored.bytes.empty() || !is_aligned(stored.bytes, stored.shape.dtype()))
    return HostTensor::copy_of(stored.shape, stored.bytes);
  return HostTensor::view(stored.shape, stored.bytes, owner_);
}

}  // namespace easydel::io
