// Runs a fuzz target over kept inputs without libFuzzer: every file of the directories given, whole, cut short at
// several places and with single bytes changed. A crash, or any exception, fails the test.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kVariants = 64;

void run(const std::vector<uint8_t>& bytes) {
  // A copy of the exact size lets AddressSanitizer see a read one byte past the end.
  const std::vector<uint8_t> exact(bytes);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void run_variants(std::vector<uint8_t> bytes) {
  run(bytes);
  const size_t step = std::max<size_t>(1, bytes.size() / kVariants);
  for (size_t place = 0; place < bytes.size(); place += step) {
    run({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(place)});
    for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
      const uint8_t kept = bytes[place];
      bytes[place] = static_cast<uint8_t>(kept ^ flip);
      run(bytes);
      bytes[place] = kept;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  size_t count = 0;
  for (int i = 1; i < argc; ++i)
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::printf("%s\n", entry.path().filename().c_str());
      std::fflush(stdout);
      std::ifstream stream(entry.path(), std::ios::binary);
      run_variants({std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()});
      ++count;
    }
  if (count == 0) {
    std::fprintf(stderr, "no seeds found; give the directories that hold them\n");
    return 1;
  }
  return 0;
}
