// Opens the bytes as a safetensors file and reads every tensor; what was read is laid out again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "easydel/error.h"
#include "io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace io = easydel::io;
  try {
    const io::TensorFile file =
        io::parse_safetensors(std::as_bytes(std::span(data, size)), nullptr, "fuzz.safetensors");
    std::vector<io::LazyTensor> tensors;
    uint64_t total = 0;
    unsigned sum = 0;
    for (const io::StoredTensor& stored : file.tensors()) {
      const easydel::HostTensor tensor = file.tensor(stored.name);
      if (tensor.shape() != stored.shape) std::abort();
      for (const std::byte byte : tensor.bytes()) sum += std::to_integer<unsigned>(byte);
      total += tensor.bytes().size();
      tensors.push_back({stored.name, stored.shape, {}});
    }
    if (total > size || (sum != 0 && total == 0)) std::abort();
    if (io::layout_safetensors(tensors, file.metadata()).data_bytes != total) std::abort();
  } catch (const easydel::Error&) {
  }
  return 0;
}
