// Run: a generation under way. A TokenRun adds a token per row and step; a BeamRun searches and has its texts at the end.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "easydel/generation.h"
#include "generation/decoder.h"

namespace easydel::generation {

/// What is asked, checked.
struct RunRequest {
  Decoder& decoder;
  std::vector<std::vector<int32_t>> prompts, starts;  ///< Decoder::text_start() of each prompt
  GenerationConfig config;
  const Tokenizer* tokenizer = nullptr;
  uint64_t seed = 0;
  int64_t longest_start = 0;
  int64_t max_new_tokens = 0;  ///< of every row
};

class Run {
 public:
  explicit Run(RunRequest request) : request_(std::move(request)) {}
  virtual ~Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// False when everything had ended before.
  virtual bool advance() = 0;
  virtual void stop() = 0;

  const std::vector<TokenStep>& steps() const { return steps_; }
  const std::vector<GeneratedText>& texts() const { return texts_; }
  const GenerationTimings& timings() const { return timings_; }

 protected:
  const GenerationConfig& config() const { return request_.config; }
  /// What follows the prompts at first, then what follows `last`, one token per row.
  NextTokens feed(std::span<const int32_t> last, const StepChoice& choice);
  /// Session::reorder().
  void reorder(std::span<const int32_t> rows);
  /// Fed for rows that have ended.
  int32_t pad() const;
  /// Whether the text from byte `fresh` on could have completed a stop string, and did.
  bool has_stop_string(const std::string& text, size_t fresh) const;
  /// Whether max_time has passed since the first step.
  bool is_out_of_time() const;

  RunRequest request_;
  std::vector<TokenStep> steps_;
  std::vector<GeneratedText> texts_;
  int64_t step_ = 0;  ///< steps made

 private:
  std::chrono::steady_clock::time_point start_;
  std::unique_ptr<Session> session_;
  GenerationTimings timings_;
};

std::unique_ptr<Run> make_token_run(RunRequest request);
std::unique_ptr<Run> make_beam_run(RunRequest request);

}  // namespace easydel::generation
