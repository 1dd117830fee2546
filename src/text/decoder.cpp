#include "text/decoder.h"

#include "text/decode_stages.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

constexpr std::string_view kDecoders =
    "ByteLevel, ByteFallback, Fuse, Strip, Replace, Metaspace, WordPiece, BPEDecoder and Sequence";

class OutputStage final : public DecodeStage {
 public:
  explicit OutputStage(Decoder::Output output) : output_(std::move(output)) {}
  void chunk(std::string_view text, bool) override {
    if (!text.empty()) output_(text);
  }
  void finish() override {}

 private:
  Decoder::Output output_;
};

size_t count_at(const JsonNode& node) {
  const int64_t count = node.integer();
  if (count < 0) corrupt(node.path(), "must not be negative");
  return static_cast<size_t>(count);
}

void read(const JsonNode& node, int depth, GrowthBudget& growth, std::vector<Decoder::MakeStage>& stages) {
  check_depth(node.path(), depth);
  const std::string_view type = node.at("type").string();
  if (type == "Sequence") {
    for (const JsonNode& item : node.at("decoders").items()) read(item, depth + 1, growth, stages);
  } else if (type == "ByteLevel") {
    stages.emplace_back(byte_level_stage);
  } else if (type == "ByteFallback") {
    stages.emplace_back(byte_fallback_stage);
  } else if (type == "Fuse") {
    stages.emplace_back(fuse_stage);
  } else if (type == "Strip") {
    stages.emplace_back([content = std::string(node.at("content").character()),
                         start = count_at(node.at("start")), stop = count_at(node.at("stop"))](
                            NextStage next) { return strip_stage(std::move(next), content, start, stop); });
  } else if (type == "Replace") {
    const Pattern pattern = read_pattern(node.at("pattern"));
    const std::string content(node.at("content").string());
    growth.multiply(pattern.growth(content), node.path());
    stages.emplace_back(
        [pattern, content](NextStage next) { return replace_stage(std::move(next), pattern, content); });
  } else if (type == "Metaspace") {
    const std::string scheme = node.string_or("prepend_scheme", "always");
    const bool prepends = scheme != "never" && node.boolean_or("add_prefix_space", true);
    stages.emplace_back(
        [replacement = std::string(node.at("replacement").character()), prepends](NextStage next) {
          return metaspace_stage(std::move(next), replacement, prepends);
        });
  } else if (type == "WordPiece") {
    stages.emplace_back([prefix = std::string(node.at("prefix").string()),
                         clean_up = node.at("cleanup").boolean()](NextStage next) {
      return word_piece_stage(std::move(next), prefix, clean_up);
    });
  } else if (type == "BPEDecoder") {
    stages.emplace_back([suffix = std::string(node.at("suffix").string())](NextStage next) {
      return bpe_suffix_stage(std::move(next), suffix);
    });
  } else {
    unknown_part(node.path() + ".type", type, kDecoders);
  }
}

}  // namespace

std::unique_ptr<DecodeStage> Decoder::start(Output output, bool clean_up) const {
  std::unique_ptr<DecodeStage> stage = std::make_unique<OutputStage>(std::move(output));
  if (clean_up) stage = clean_up_stage(std::move(stage));
  for (auto make = stages_.rbegin(); make != stages_.rend(); ++make) stage = (*make)(std::move(stage));
  return stage;
}

Decoder read_decoder(const JsonNode& node) {
  std::vector<Decoder::MakeStage> stages;
  GrowthBudget growth;
  read(node, 0, growth, stages);
  return Decoder(std::move(stages));
}

Decoder space_decoder() {
  return Decoder({join_stage});
}

}  // namespace easydel::text
