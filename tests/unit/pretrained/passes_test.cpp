#include "pretrained/passes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace easydel {
namespace {

using testing::ElementsAre;

std::vector<int64_t> ends(const std::vector<PassPiece>& pieces) {
  std::vector<int64_t> result;
  for (const PassPiece& piece : pieces) result.push_back(piece.end);
  return result;
}

std::vector<int64_t> lengths(const std::vector<PassPiece>& pieces) {
  std::vector<int64_t> result;
  for (const PassPiece& piece : pieces) result.push_back(piece.key.seq);
  return result;
}

TEST(CutPass, APassWithoutACacheIsOnePiece) {
  const auto pieces = cut_pass({.batch = 2, .seq = 700}, false);
  EXPECT_THAT(ends(pieces), ElementsAre(700));
  EXPECT_EQ(pieces[0].key, (ProgramKey{.batch = 2, .seq = 700}));
  EXPECT_EQ(pieces[0].kept(), 700);
}

TEST(CutPass, ALongPromptFillsItsCacheInPiecesAndOnlyTheLastHasLogits) {
  const auto pieces = cut_pass({.seq = 1200, .capacity = 2048, .logits_to_keep = 1}, false);
  EXPECT_THAT(ends(pieces), ElementsAre(512, 1024, 1200));
  EXPECT_EQ(pieces[0].key.logits_to_keep, ProgramKey::kNoLogits);
  EXPECT_EQ(pieces[2].key.logits_to_keep, 1);
  EXPECT_EQ(pieces[2].kept(), 1);
  EXPECT_FALSE(pieces[2].key.padded);
}

TEST(CutPass, TheLastPieceHoldsAllWantedLogits) {
  EXPECT_THAT(ends(cut_pass({.seq = 600, .capacity = 1024, .logits_to_keep = 100}, false)),
              ElementsAre(500, 600));
  EXPECT_THAT(ends(cut_pass({.seq = 1500, .capacity = 2048, .logits_to_keep = 900}, false)),
              ElementsAre(600, 1500));
  EXPECT_THAT(ends(cut_pass({.seq = 600, .capacity = 1024}, false)), ElementsAre(600)) << "all are wanted";
  EXPECT_THAT(
      ends(cut_pass({.seq = 600, .capacity = 1024, .logits_to_keep = 1, .hidden_states = true}, false)),
      ElementsAre(600));
}

TEST(CutPass, BucketsPadBehindTheTokensAndStayInTheCache) {
  EXPECT_THAT(lengths(cut_pass({.seq = 700, .capacity = 1024, .logits_to_keep = 1}, true)),
              ElementsAre(512, 256));
  EXPECT_THAT(lengths(cut_pass({.seq = 1, .cached = 700, .capacity = 1024, .logits_to_keep = 1}, true)),
              ElementsAre(1));
  EXPECT_THAT(lengths(cut_pass({.seq = 1025}, true)), ElementsAre(1536));
  const auto pieces = cut_pass({.seq = 20, .cached = 40, .capacity = 64, .logits_to_keep = 3}, true);
  EXPECT_THAT(lengths(pieces), ElementsAre(24)) << "32 would not fit";
  EXPECT_TRUE(pieces[0].key.padded);
  EXPECT_TRUE(pieces[0].key.takes_logits_start());
  EXPECT_EQ(pieces[0].tokens() - pieces[0].kept(), 17);
}

TEST(CutPass, TheChooserBelongsToTheLastPiece) {
  const auto pieces = cut_pass(
      {.seq = 600, .capacity = 768, .logits_to_keep = 1, .chooser = generation::DeviceChooser{}}, true);
  EXPECT_FALSE(pieces[0].key.chooser);
  EXPECT_TRUE(pieces[1].key.chooser);
}

}  // namespace
}  // namespace easydel
