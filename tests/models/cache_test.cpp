// Decoding with a cache equals passes over the whole text, however the text is cut.
#include <algorithm>

#include "models/model_case.h"

namespace easydel::model_test {
namespace {

class CachedDecoding : public PerModelCase {
 protected:
  /// The prompt, cut where the case's rotary angles would begin to change with the text's length.
  HostTensor prompt() const {
    const int64_t until = GetParam().fixed_angles_until, length = golden("prompt").shape().dim(1);
    return columns(golden("prompt"), 0, until == 0 ? length : std::min(until, length));
  }

  /// Feeds `ids` in pieces of these lengths, again and again, and compares each piece's logits with the whole pass.
  void expect_pieces_equal_whole(const HostTensor& ids, const HostTensor& mask,
                                 const std::vector<int64_t>& lengths) {
    const HostTensor whole = model()({.input_ids = ids, .attention_mask = mask}).logits;
    const int64_t seq = ids.shape().dim(1);
    KvCache cache = model().init_cache(ids.shape().dim(0), seq + 5);
    int64_t begin = 0;
    for (size_t piece = 0; begin < seq; ++piece) {
      const int64_t end = std::min(begin + lengths[piece % lengths.size()], seq);
      const HostTensor logits =
          model()({.input_ids = columns(ids, begin, end),
                   .attention_mask = mask.empty() ? HostTensor() : columns(mask, 0, end),
                   .cache = &cache})
              .logits;
      expect_equal_where_seen(logits, columns(whole, begin, end),
                              mask.empty() ? HostTensor() : columns(mask, begin, end));
      begin = end;
      EXPECT_EQ(cache.length(), begin);
    }
  }

 private:
  static void expect_equal_where_seen(const HostTensor& actual, const HostTensor& expected,
                                      const HostTensor& mask) {
    ASSERT_EQ(actual.shape(), expected.shape());
    const auto vocab = static_cast<size_t>(actual.shape().dim(2));
    for (size_t token = 0; token < actual.data<float>().size() / vocab; ++token) {
      if (!mask.empty() && mask.data<int32_t>()[token] == 0) continue;
      EXPECT_LE(relative_difference(actual.data<float>().subspan(token * vocab, vocab),
                                    expected.data<float>().subspan(token * vocab, vocab)),
                kSameEngineTolerance);
    }
  }
};

TEST_P(CachedDecoding, TokenByToken) {
  expect_pieces_equal_whole(prompt(), {}, {1});
}

TEST_P(CachedDecoding, InChunks) {
  expect_pieces_equal_whole(prompt(), {}, {5, 1, 7});
}

TEST_P(CachedDecoding, InOnePiece) {
  expect_pieces_equal_whole(golden("prompt"), {}, {golden("prompt").shape().dim(1)});
}

TEST_P(CachedDecoding, LeftPaddedRows) {
  expect_pieces_equal_whole(golden("batch_ids"), golden("batch_mask"), {7, 1});
}

TEST_P(CachedDecoding, AResetCacheStartsAfresh) {
  const HostTensor &ids = golden("batch_ids"), &mask = golden("batch_mask");
  KvCache cache = model().init_cache(3, 24);
  model()({.input_ids = ids, .attention_mask = mask, .cache = &cache});
  cache.reset();
  EXPECT_EQ(cache.length(), 0);
  const HostTensor again = model()({.input_ids = ids, .cache = &cache}).logits;
  EXPECT_LE(relative_difference(again, model()({.input_ids = ids}).logits), kSameEngineTolerance);
}

EASYDEL_INSTANTIATE_FOR_MODEL_CASES(CachedDecoding);

}  // namespace
}  // namespace easydel::model_test
