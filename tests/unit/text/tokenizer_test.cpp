// The public face: options, lookups, streaming, threads.
#include "easydel/tokenizer.h"

#include <gtest/gtest.h>

#include <thread>

#include "golden.h"

namespace easydel {
namespace {

Tokenizer golden(const std::string& name) {
  return Tokenizer::from_pretrained(test_support::golden_path(name));
}

TEST(Tokenizer, ShippedModel) {
  const auto tokenizer = Tokenizer::from_pretrained(EASYDEL_SOURCE_DIR "/data/tiny-shakespeare");
  EXPECT_EQ(tokenizer.vocab_size(), 1024);
  EXPECT_EQ(tokenizer.bos_id(), 0);
  EXPECT_EQ(tokenizer.eos_id(), 1);
  EXPECT_EQ(tokenizer.pad_id(), 1);
  EXPECT_EQ(tokenizer.unk_id(), std::nullopt);
  EXPECT_EQ(tokenizer.special_ids(), (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(tokenizer.model_max_length(), std::nullopt) << "1e30 is no length";
  EXPECT_EQ(tokenizer.encode(""), (std::vector<int32_t>{0}));
  EXPECT_TRUE(tokenizer.encode("", {.add_special_tokens = false}).empty());
  const auto ids = tokenizer.encode("ROMEO:\n");
  EXPECT_EQ(ids.front(), 0);
  EXPECT_EQ(tokenizer.decode(ids), "ROMEO:\n");
  EXPECT_EQ(tokenizer.decode(ids, {.skip_special_tokens = false}), "<|begin|>ROMEO:\n");
}

TEST(Tokenizer, LooksUpTokens) {
  const auto tokenizer = golden("gpt2");
  EXPECT_EQ(tokenizer.token_to_id("<|endoftext|>"), 0);
  EXPECT_EQ(tokenizer.token_to_id("no such token"), std::nullopt);
  const auto ids = tokenizer.encode(" the");
  EXPECT_EQ(tokenizer.tokens(ids), (std::vector<std::string>{"Ġthe"}));
  EXPECT_EQ(tokenizer.token_to_id("Ġthe"), ids[0]);
  EXPECT_EQ(tokenizer.id_to_token(ids[0]), "Ġthe");
  EXPECT_EQ(tokenizer.id_to_token(-1), std::nullopt);
  for (int32_t id = 0; id < tokenizer.vocab_size(); ++id)
    EXPECT_EQ(tokenizer.token_to_id(tokenizer.id_to_token(id).value()), id);
}

TEST(Tokenizer, Batches) {
  const auto tokenizer = golden("llama3");
  const std::vector<std::string> texts{"one", "", "three words here"};
  const auto ids = tokenizer.encode_batch(texts);
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_EQ(ids[2], tokenizer.encode(texts[2]));
  EXPECT_EQ(tokenizer.decode_batch(ids), texts);
}

// Byte-level text of every script survives; it is what the ids stand for.
TEST(Tokenizer, ByteLevelRoundTrip) {
  const auto tokenizer = golden("gpt2");
  for (const std::string& bytes : test_support::golden_texts()) {
    const std::string text = text::repair_utf8(bytes);
    if (text.find("<mask>") != std::string::npos) continue;  // takes the white space before it
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text), {.skip_special_tokens = false}), text);
  }
}

TEST(Tokenizer, LongTextsTakeTheHeap) {
  const auto tokenizer = golden("llama2");
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "abcdefghij"[i * 7 % 10];
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
}

TEST(Tokenizer, CopiesShareAndOutliveTheOriginal) {
  auto original = std::make_unique<Tokenizer>(golden("qwen2"));
  const Tokenizer copy = *original;
  StreamDecoder stream(*original);
  original.reset();
  const auto ids = copy.encode("still here");
  std::string text;
  for (const int32_t id : ids) text += stream.push(id);
  EXPECT_EQ(text + stream.finish(), "still here");
}

TEST(Tokenizer, ServesSeveralThreads) {
  const auto tokenizer = golden("qwen2");
  const auto texts = test_support::golden_texts();
  std::vector<std::vector<int32_t>> expected;
  for (const auto& text : texts) expected.push_back(tokenizer.encode(text));
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (size_t i = t; i < texts.size(); i += 2) {
        wrong[t] += tokenizer.encode(texts[i]) != expected[i];
        wrong[t] += tokenizer.decode(expected[i]).empty() && !texts[i].empty() && expected[i].size() > 4;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, (std::vector<int>{0, 0, 0, 0}));
}

// "😀" is several byte tokens; nothing comes out before the last of them.
TEST(StreamDecoder, WaitsForWholeCharacters) {
  for (const char* name : {"gpt2", "llama2", "metaspace"}) {
    const auto tokenizer = golden(name);
    const auto ids = tokenizer.encode("a😀b", {.add_special_tokens = false});
    StreamDecoder stream(tokenizer);
    std::vector<std::string> parts;
    for (const int32_t id : ids)
      if (std::string part = stream.push(id); !part.empty()) parts.push_back(part);
    if (std::string part = stream.finish(); !part.empty()) parts.push_back(part);
    std::string text;
    for (const std::string& part : parts) {
      EXPECT_TRUE(text::is_valid_utf8(part)) << name;
      text += part;
    }
    EXPECT_EQ(text, "a😀b") << name;
    EXPECT_GE(parts.size(), 2U) << name << ": text comes as soon as it is settled";
  }
}

TEST(StreamDecoder, GivesUpOnAnUnfinishedCharacter) {
  const auto tokenizer = golden("gpt2");
  const auto ids = tokenizer.encode("😀", {.add_special_tokens = false});
  ASSERT_GT(ids.size(), 1U);
  StreamDecoder stream(tokenizer);
  EXPECT_EQ(stream.push(ids[0]), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{ids[0]}), "\uFFFD");
}

// After finish() the decoder is as new: SentencePiece's first space is dropped again.
TEST(StreamDecoder, StartsAnew) {
  for (const char* name : {"llama2", "unigram", "bert"}) {
    const auto tokenizer = golden(name);
    const auto ids = tokenizer.encode("hello there", {.add_special_tokens = false});
    StreamDecoder stream(tokenizer);
    for (int round = 0; round < 2; ++round) {
      std::string text;
      for (const int32_t id : ids) text += stream.push(id);
      EXPECT_EQ(text + stream.finish(), "hello there") << name;
    }
  }
}

TEST(StreamDecoder, Moves) {
  const auto tokenizer = golden("gpt2");
  const auto ids = tokenizer.encode("moved along", {.add_special_tokens = false});
  StreamDecoder first(tokenizer);
  std::string text = first.push(ids[0]);
  StreamDecoder second = std::move(first);
  for (size_t i = 1; i < ids.size(); ++i) text += second.push(ids[i]);
  EXPECT_EQ(text + second.finish(), "moved along");
}

}  // namespace
}  // namespace easydel
