// Loads the bytes as a config.json, reads what every model reads, and writes it back: what was written must load and
// give the same text again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "easydel/config.h"
#include "easydel/error.h"
#include "easydel/generation_config.h"

namespace {

/// Calls a reader that may refuse the value.
template <typename Read>
void try_read(Read&& read) {
  try {
    read();
  } catch (const easydel::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto config = easydel::EDPretrainedConfig::from_json(text);
    try_read([&] { config.model_type(); });
    try_read([&] { config.dtype(); });
    try_read([&] { config.architectures(); });
    try_read([&] { config.integer("hidden_size"); });
    try_read([&] { config.number("rope_theta", 10000.0); });
    try_read([&] { config.token_ids("eos_token_id"); });
    try_read([&] { config.section("rope_scaling").text("rope_type"); });
    try_read([&] { config.easydel_options(); });
    try_read([&] { easydel::GenerationConfig::from_model_config(config); });
    try_read([&] { easydel::GenerationConfig::from_json(text); });
    const std::string written = config.to_json();
    if (easydel::EDPretrainedConfig::from_json(written).to_json() != written) std::abort();
  } catch (const easydel::Error&) {
  }
  return 0;
}
