// The native engine's buffers are host tensors.
#pragma once

#include <memory>

#include "engine/engine.h"

namespace easydel::native {

class HostStorage final : public Buffer::Storage {
 public:
  explicit HostStorage(HostTensor bytes) : tensor(std::move(bytes)) {}
  HostTensor tensor;
};

inline Buffer make_buffer(HostTensor tensor) {
  const Shape shape = tensor.shape();
  return {shape, std::make_shared<HostStorage>(std::move(tensor))};
}

/// The tensor behind a buffer of this engine; Error(kInvalidArgument) for an empty one or another engine's.
HostTensor& host_tensor(const Buffer& buffer, std::string_view what);

}  // namespace easydel::native
