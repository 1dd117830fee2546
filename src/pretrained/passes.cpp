#include "pretrained/passes.h"

#include <algorithm>
#include <limits>

namespace easydel {
namespace {

constexpr int64_t kLeastBucket = 16;
constexpr int64_t kLongestPiece = 512;

int64_t bucket(int64_t tokens, int64_t room) {
  if (tokens > kLongestPiece)
    return std::min((tokens + kLongestPiece - 1) / kLongestPiece * kLongestPiece, room);
  const std::vector<int64_t> buckets = pass_buckets();
  return std::min(*std::lower_bound(buckets.begin(), buckets.end(), tokens), room);
}

}  // namespace

std::vector<int64_t> pass_buckets() {
  std::vector<int64_t> buckets = {1};
  for (int64_t length = kLeastBucket; length <= kLongestPiece; length *= 2) buckets.push_back(length);
  return buckets;
}

int64_t program_length(int64_t tokens, bool buckets) {
  return buckets ? bucket(tokens, std::numeric_limits<int64_t>::max()) : tokens;
}

std::vector<PassPiece> cut_pass(const PassShape& shape, bool buckets) {
  const bool is_cut =
      shape.capacity > 0 && shape.logits_to_keep > 0 && !shape.hidden_states && !shape.router_logits;
  const int64_t longest = is_cut ? std::max(kLongestPiece, shape.logits_to_keep) : shape.seq;
  std::vector<PassPiece> pieces;
  for (int64_t begin = 0; begin < shape.seq; begin = pieces.back().end) {
    int64_t end = std::min(begin + longest, shape.seq);
    if (is_cut && end < shape.seq) end = std::min(end, shape.seq - shape.logits_to_keep);
    const bool is_last = end == shape.seq;
    const int64_t tokens = end - begin;
    const int64_t room =
        shape.capacity > 0 ? shape.capacity - shape.cached - begin : std::numeric_limits<int64_t>::max();
    const int64_t length = buckets ? bucket(tokens, room) : tokens;
    const int64_t kept = shape.logits_to_keep < tokens ? shape.logits_to_keep : 0;
    pieces.push_back({.begin = begin,
                      .end = end,
                      .key = {.batch = shape.batch,
                              .seq = length,
                              .capacity = shape.capacity,
                              .logits_to_keep = is_last ? kept : ProgramKey::kNoLogits,
                              .padded = length != tokens,
                              .masked = shape.masked,
                              .hidden_states = shape.hidden_states,
                              .router_logits = shape.router_logits,
                              .token_types = shape.token_types,
                              .part = shape.part,
                              .source_length = shape.source_length,
                              .source_masked = shape.source_masked,
                              .cache_dtype = shape.cache_dtype,
                              .chooser = is_last ? shape.chooser : std::nullopt}});
  }
  return pieces;
}

}  // namespace easydel
