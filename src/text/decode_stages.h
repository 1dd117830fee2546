// The stages that decoders are made of; each is one decoder of the `tokenizers` package.
#pragma once

#include <memory>
#include <string>

#include "text/decoder.h"
#include "text/pattern.h"

namespace easydel::text {

using NextStage = std::unique_ptr<DecodeStage>;

/// Byte-level tokens to bytes, and those to text; invalid UTF-8 becomes U+FFFD.
std::unique_ptr<DecodeStage> byte_level_stage(NextStage next);
/// Runs of <0xNN> tokens to the text of their bytes; a run that is not UTF-8 as a whole is all U+FFFD.
std::unique_ptr<DecodeStage> byte_fallback_stage(NextStage next);
/// All tokens to one.
std::unique_ptr<DecodeStage> fuse_stage(NextStage next);
/// Up to `start` (`stop`) times `content` cut from the front (back) of each token.
std::unique_ptr<DecodeStage> strip_stage(NextStage next, std::string content, size_t start, size_t stop);
std::unique_ptr<DecodeStage> replace_stage(NextStage next, Pattern pattern, std::string content);
/// `replacement` to a space; nothing in the first token when `prepends`.
std::unique_ptr<DecodeStage> metaspace_stage(NextStage next, std::string replacement, bool prepends);
/// `prefix` cut from tokens that have it, a space before others but the first.
std::unique_ptr<DecodeStage> word_piece_stage(NextStage next, std::string prefix, bool clean_up);
/// `suffix` to a space, to nothing in the last token.
std::unique_ptr<DecodeStage> bpe_suffix_stage(NextStage next, std::string suffix);
/// A space between tokens.
std::unique_ptr<DecodeStage> join_stage(NextStage next);
/// Transformers' clean_up_tokenization over the whole text.
std::unique_ptr<DecodeStage> clean_up_stage(NextStage next);

}  // namespace easydel::text
