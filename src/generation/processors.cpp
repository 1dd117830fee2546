#include "generation/processors.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace easydel::generation {
namespace {

/// Calls `found` with every token that would complete a run of `size` tokens of `text` behind `last`; some come twice.
template <typename Found>
void for_ends_of_ngrams(std::span<const int32_t> text, std::span<const int32_t> last, int64_t size,
                        const Found& found) {
  const auto prefix = static_cast<size_t>(size - 1);
  if (text.size() < prefix + 1 || last.size() < prefix) return;
  last = last.last(prefix);
  for (size_t start = 0; start + prefix < text.size(); ++start)
    if (std::ranges::equal(text.subspan(start, prefix), last)) found(text[start + prefix]);
}

/// Whether the text so far ends with all but the last token of the sequence.
bool may_complete(std::span<const int32_t> text, std::span<const int32_t> sequence) {
  const size_t prefix = sequence.size() - 1;
  return text.size() >= prefix && std::ranges::equal(text.last(prefix), sequence.first(prefix));
}

bool has_penalties(const GenerationConfig& config) {
  return config.repetition_penalty != 1.0 || config.presence_penalty != 0.0 ||
         config.frequency_penalty != 0.0;
}

bool is_end(const GenerationConfig& config, int32_t id) {
  return std::ranges::find(config.eos_token_id, id) != config.eos_token_id.end();
}

/// The first token may be forced, too: then the beginning is the token behind it.
bool is_at_begin(const TokenHistory& history, const GenerationConfig& config) {
  const bool is_forced = history.source.size() == 1 && config.forced_bos_token_id;
  return history.new_tokens == (is_forced ? 1 : 0);
}

std::vector<int32_t> forced_tokens(const TokenHistory& history, const GenerationConfig& config,
                                   int64_t max_new_tokens) {
  for (const ForcedToken& forced : config.forced_decoder_ids)
    if (forced.position == static_cast<int64_t>(history.tokens.size())) return {forced.id};
  if (history.new_tokens == max_new_tokens - 1 && !config.forced_eos_token_id.empty())
    return config.forced_eos_token_id;
  if (config.forced_bos_token_id && history.tokens.size() == 1) return {*config.forced_bos_token_id};
  return {};
}

/// Collects at most one edit per token.
class Edits {
 public:
  LogitEdit& operator[](int32_t id) { return edits_.try_emplace(id, LogitEdit{.id = id}).first->second; }
  void hide(int32_t id) { (*this)[id].subtracted = -kHiddenLogit; }
  void hide(std::span<const int32_t> ids) {
    for (const int32_t id : ids) hide(id);
  }
  std::vector<LogitEdit> list() const {
    std::vector<LogitEdit> list;
    list.reserve(edits_.size());
    for (const auto& [id, edit] : edits_) list.push_back(edit);
    return list;
  }

 private:
  std::unordered_map<int32_t, LogitEdit> edits_;
};

void add_penalties(Edits& edits, const TokenHistory& history, const GenerationConfig& config) {
  // It is the inverse of the penalty for the text: above 1 it favours.
  if (config.encoder_repetition_penalty != 1.0)
    for (const int32_t id : history.source)
      edits[id].factor = static_cast<float>(1.0 / config.encoder_repetition_penalty);
  if (!has_penalties(config)) return;
  for (const auto& [id, count] : history.seen) {
    LogitEdit& edit = edits[id];
    edit.factor *= static_cast<float>(config.repetition_penalty);
    if (count > 0)
      edit.subtracted =
          static_cast<float>(config.presence_penalty + config.frequency_penalty * static_cast<double>(count));
  }
}

}  // namespace

RowEdits row_edits(const TokenHistory& history, const GenerationConfig& config, int64_t max_new_tokens) {
  RowEdits row{.edits = {}, .forced = forced_tokens(history, config, max_new_tokens)};
  const bool is_begin = is_at_begin(history, config);
  if (!row.forced.empty()) {
    // Only what comes behind the forcing still counts.
    std::erase_if(row.forced, [&](int32_t id) {
      const auto hides = [id](const std::vector<int32_t>& ids) {
        return std::ranges::find(ids, id) != ids.end();
      };
      return hides(config.suppress_tokens) || (is_begin && hides(config.begin_suppress_tokens));
    });
    if (!row.forced.empty()) return row;
  }

  Edits edits;
  for (const SequenceBias& sequence : config.sequence_bias)
    if (may_complete(history.tokens, sequence.ids))
      edits[sequence.ids.back()].added += static_cast<float>(sequence.bias);
  add_penalties(edits, history, config);
  const auto hide = [&](int32_t id) { edits.hide(id); };
  if (config.no_repeat_ngram_size > 0)
    for_ends_of_ngrams(history.tokens, history.tokens, config.no_repeat_ngram_size, hide);
  if (config.encoder_no_repeat_ngram_size > 0)
    for_ends_of_ngrams(history.source, history.tokens, config.encoder_no_repeat_ngram_size, hide);
  for (const std::vector<int32_t>& word : config.bad_words_ids) {
    const bool is_end_alone = word.size() == 1 && is_end(config, word.front());
    if (!is_end_alone && may_complete(history.tokens, word)) edits.hide(word.back());
  }
  if (history.new_tokens < config.min_new_tokens.value_or(0) ||
      static_cast<int64_t>(history.tokens.size()) < config.min_length)
    edits.hide(config.eos_token_id);
  if (config.exponential_decay_length_penalty) {
    const auto& [start, factor] = *config.exponential_decay_length_penalty;
    if (const int64_t past = history.new_tokens - start; past > 0)
      for (const int32_t id : config.eos_token_id)
        edits[id].growth = static_cast<float>(std::pow(factor, static_cast<double>(past)) - 1);
  }
  edits.hide(config.suppress_tokens);
  if (is_begin) edits.hide(config.begin_suppress_tokens);
  row.edits = edits.list();
  return row;
}

int64_t most_edits(const GenerationConfig& config, int64_t text_length, int64_t vocab_size) {
  size_t most = config.sequence_bias.size() + config.bad_words_ids.size() + config.suppress_tokens.size() +
                config.begin_suppress_tokens.size();
  if (has_penalties(config) || config.encoder_repetition_penalty != 1.0 || config.no_repeat_ngram_size > 0 ||
      config.encoder_no_repeat_ngram_size > 0)
    most += static_cast<size_t>(text_length);
  if (config.min_new_tokens.value_or(0) > 0 || config.min_length > 0 ||
      config.exponential_decay_length_penalty)
    most += config.eos_token_id.size();
  return std::min(static_cast<int64_t>(most), vocab_size);
}

void apply_edits(std::span<float> logits, const RowEdits& row) {
  const auto is_token = [&](int32_t id) { return id >= 0 && static_cast<size_t>(id) < logits.size(); };
  if (!row.forced.empty()) {
    std::ranges::fill(logits, kHiddenLogit);
    for (const int32_t id : row.forced)
      if (is_token(id)) logits[static_cast<size_t>(id)] = 0;
    return;
  }
  for (const LogitEdit& edit : row.edits) {
    if (!is_token(edit.id)) continue;
    float& logit = logits[static_cast<size_t>(edit.id)];
    logit += edit.added;
    logit = logit < 0 ? logit * edit.factor : logit / edit.factor;
    logit = edit.subtracted == -kHiddenLogit ? kHiddenLogit : logit - edit.subtracted;
    if (std::isfinite(logit)) logit += std::abs(logit) * edit.growth;
  }
}

void remove_invalid(std::span<float> logits) {
  constexpr float kGreatest = std::numeric_limits<float>::max();
  for (float& logit : logits) logit = std::isnan(logit) ? 0 : std::clamp(logit, -kGreatest, kGreatest);
}

}  // namespace easydel::generation
