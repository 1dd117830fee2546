// Loads what the bytes say, then encodes and decodes: only easydel::Error may come out.
// The bytes are a tokenizer.json, optionally followed by a NUL and a tokenizer_config.json.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "easydel/error.h"
#include "easydel/tokenizer.h"

namespace {

constexpr std::string_view kTexts[] = {
    "", "Hello, it's 42 caf\u00e9s\n\n  <s>x</s> \u2581\u4f60\u597d \xF0\x9F\x98\x80 \xFF e\u0301 ABCab",
    "   \r\n\t"};

void use(const easydel::Tokenizer& tokenizer) {
  for (const std::string_view text : kTexts) {
    const auto ids = tokenizer.encode(text);
    tokenizer.encode(text, {.add_special_tokens = false});
    const std::string decoded = tokenizer.decode(ids);
    tokenizer.decode(ids, {.skip_special_tokens = false});
    tokenizer.tokens(ids);
    easydel::StreamDecoder stream(tokenizer);
    std::string streamed;
    for (const int32_t id : ids) streamed += stream.push(id);
    streamed += stream.finish();
    if (streamed != decoded) std::abort();
  }
  (void)tokenizer.id_to_token(3);
  (void)tokenizer.token_to_id("a");
  (void)tokenizer.eos_id();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t split = bytes.find('\0');
  try {
    use(easydel::Tokenizer::from_json(bytes.substr(0, split), split == std::string_view::npos
                                                                  ? std::string_view()
                                                                  : bytes.substr(split + 1)));
  } catch (const easydel::Error&) {
  }
  return 0;
}
