// BeamSearch: the search of one prompt's best texts, as Transformers' generate() does it.
//
//   BeamSearch search(TokenHistory(prompt), config, max_new_tokens, stops);
//   while (!search.is_done()) search.advance(next, uniform);   // next: candidates of each of search.beams()
//   search.best(2);                                            // the texts and their scores, best first
//
// Several texts, the beams, are followed side by side. Of all tokens that may follow them, those with the greatest summed
// log-probability go on. A text that ends is kept with its score: the sum divided by its length to the power of
// length_penalty.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "easydel/generation.h"
#include "generation/next_tokens.h"

namespace easydel::generation {

class BeamSearch {
 public:
  struct Beam {
    TokenHistory history;
    float score = 0;    ///< summed log-probability
    size_t parent = 0;  ///< the beam that it continues
  };
  struct Hypothesis {
    std::vector<int32_t> ids;  ///< the new ones
    float score = 0;
    FinishReason finish_reason = FinishReason::kLength;
  };
  /// Whether text that has been generated ends because of what it says.
  using StopCheck = std::function<bool(std::span<const int32_t>)>;

  /// `config` must outlive the search.
  BeamSearch(const TokenHistory& start, const GenerationConfig& config, int64_t max_new_tokens,
             StopCheck stops);

  /// num_beams of them, best first; at the start they are all the prompt.
  const std::vector<Beam>& beams() const { return beams_; }
  /// Takes the candidates of each beam. `uniform(i)` gives the i-th random number of this step, for sampling.
  /// `is_last` ends every text here.
  void advance(std::span<const std::vector<ScoredToken>> next, const std::function<double(int64_t)>& uniform,
               bool is_last = false);
  bool is_done() const { return is_done_; }
  /// The best texts that ended; where the search was given up before, those that did not end follow them.
  std::vector<Hypothesis> best(int64_t count) const;

 private:
  struct Continuation {
    size_t beam = 0;
    int32_t id = 0;
    float score = 0;
    bool stops = false, ends = false;  ///< by what it says; or at the limit
  };
  std::vector<Continuation> continuations(std::span<const std::vector<ScoredToken>> next,
                                          const std::function<double(int64_t)>& uniform) const;
  std::vector<Continuation> drawn(std::vector<Continuation> all,
                                  const std::function<double(int64_t)>& uniform) const;
  std::vector<int32_t> text_of(const Continuation& continuation) const;
  float penalized(float score, int64_t length) const;
  void keep_finished(std::span<const Continuation> best);
  void go_on(std::vector<Continuation> best);
  bool can_improve() const;

  const GenerationConfig& config_;
  int64_t max_new_tokens_;
  StopCheck stops_;
  std::vector<Beam> beams_;
  std::vector<Hypothesis> finished_;  // best first, num_beams at most
  bool is_done_ = false;
};

}  // namespace easydel::generation
