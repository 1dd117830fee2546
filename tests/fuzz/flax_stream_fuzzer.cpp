// Reads the bytes as one of EasyDeL's streams, with every array in it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "easydel/error.h"
#include "io/flax_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace io = easydel::io;
  try {
    const io::FlaxStream stream =
        io::parse_flax_stream(std::as_bytes(std::span(data, size)), nullptr, "fuzz.easy");
    uint64_t total = 0;
    unsigned sum = 0;
    for (const io::StoredTensor& stored : stream.tensors.tensors()) {
      const easydel::HostTensor tensor = stream.tensors.tensor(stored.name);
      if (tensor.shape() != stored.shape) std::abort();
      for (const std::byte byte : tensor.bytes()) sum += std::to_integer<unsigned>(byte);
      total += tensor.bytes().size();
    }
    if (total > size || (sum != 0 && total == 0)) std::abort();
  } catch (const easydel::Error&) {
  }
  return 0;
}
