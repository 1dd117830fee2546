// Times one tokenizer on one thread: loading, encoding and decoding a text file.
//
//   tokenizer_speed DIRECTORY TEXT_FILE [REPEATS]     one line of JSON with medians
//
// benchmarks/tokenizer_compare.py runs it in turn with the `tokenizers` package.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "easydel/error.h"
#include "easydel/tokenizer.h"

namespace {

using Clock = std::chrono::steady_clock;

template <typename Work>
double seconds(const Work& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int run(const char* directory, const char* file, int repeats) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  std::vector<double> load, cold, warm, by_line, decode;
  size_t ids_count = 0;
  for (int i = 0; i < repeats; ++i) {
    const auto start = Clock::now();
    const auto tokenizer = easydel::Tokenizer::from_pretrained(directory);
    load.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    std::vector<int32_t> ids;
    cold.push_back(seconds([&] { ids = tokenizer.encode(text); }));
    warm.push_back(seconds([&] { ids = tokenizer.encode(text); }));
    by_line.push_back(seconds([&] { (void)tokenizer.encode_batch(lines); }));
    decode.push_back(seconds([&] { (void)tokenizer.decode(ids); }));
    ids_count = ids.size();
  }
  std::printf(
      R"({"load_s":%.6f,"encode_cold_s":%.6f,"encode_warm_s":%.6f,"encode_lines_s":%.6f,"decode_s":%.6f,)",
      median(load), median(cold), median(warm), median(by_line), median(decode));
  std::printf(R"("bytes":%zu,"ids":%zu})"
              "\n",
              text.size(), ids_count);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: tokenizer_speed DIRECTORY TEXT_FILE [REPEATS]\n");
    return 2;
  }
  try {
    return run(argv[1], argv[2], std::max(1, argc > 3 ? std::atoi(argv[3]) : 5));
  } catch (const easydel::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
