#include "generation/run.h"

#include <algorithm>

namespace easydel::generation {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

NextTokens Run::feed(std::span<const int32_t> last, const StepChoice& choice) {
  const auto start = std::chrono::steady_clock::now();
  if (!session_) {
    start_ = start;
    session_ = request_.decoder.start(std::ssize(request_.prompts),
                                      request_.longest_start + request_.max_new_tokens, config());
    NextTokens next = session_->feed_prompts(request_.prompts, choice);
    timings_.prefill_s += seconds_since(start);
    return next;
  }
  NextTokens next = session_->feed(last, choice);
  timings_.decode_s += seconds_since(start);
  return next;
}

void Run::reorder(std::span<const int32_t> rows) {
  const auto start = std::chrono::steady_clock::now();
  session_->reorder(rows);
  timings_.decode_s += seconds_since(start);
}

int32_t Run::pad() const {
  if (config().pad_token_id && *config().pad_token_id < request_.decoder.vocab_size())
    return *config().pad_token_id;
  return config().eos_token_id.empty() ? 0 : config().eos_token_id.front();
}

bool Run::has_stop_string(const std::string& text, size_t fresh) const {
  return std::ranges::any_of(config().stop_strings, [&](const std::string& stop) {
    const size_t from = fresh + 1 > stop.size() ? fresh + 1 - stop.size() : 0;
    return !stop.empty() && text.find(stop, from) != std::string::npos;
  });
}

bool Run::is_out_of_time() const {
  return config().max_time && seconds_since(start_) > *config().max_time;
}

}  // namespace easydel::generation
