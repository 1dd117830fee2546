// Opens the bytes as a PyTorch checkpoint and reads its tensors. Bytes that are no zip are run as a bare pickle, so
// that mutations reach the machine without keeping a zip whole.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "easydel/error.h"
#include "io/torch_bin.h"
#include "io/unpickler.h"

namespace {

constexpr size_t kMaxRead = size_t{1} << 20;  // views may repeat elements up to a gigabyte; that is only slow

void read_tensors(std::span<const std::byte> bytes) {
  const easydel::io::TensorFile file = easydel::io::parse_torch_bin(bytes, nullptr, "fuzz.bin");
  unsigned sum = 0;
  for (const easydel::io::StoredTensor& stored : file.tensors()) {
    if (stored.shape.bytes() > kMaxRead) continue;
    const easydel::HostTensor tensor = file.tensor(stored.name);
    for (const std::byte byte : tensor.bytes()) sum += std::to_integer<unsigned>(byte);
  }
  static volatile unsigned sink;
  sink = sink + sum;  // keeps the reads from being optimized away
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
  try {
    if (size >= 2 && std::memcmp(data, "PK", 2) == 0) {
      read_tensors(bytes);
    } else {
      const easydel::io::Pickle pickle = easydel::io::unpickle(bytes, "fuzz.pkl");
      if (pickle.root >= pickle.values.size()) std::abort();
    }
  } catch (const easydel::Error&) {
  }
  return 0;
}
