// Tokenizer: text to token ids and back, read from a Hugging Face `tokenizer.json`.
//
//   auto tokenizer = easydel::Tokenizer::from_pretrained("data/tiny-shakespeare");
//   std::vector<int32_t> ids = tokenizer.encode("Once upon a time");
//   std::string text = tokenizer.decode(ids);              // "Once upon a time"
//
//   easydel::StreamDecoder stream(tokenizer);              // while a model generates
//   for (int32_t id : ids) std::cout << stream.push(id);   // whole characters only
//   std::cout << stream.finish();
//
// The ids are those of the `tokenizers` package; docs/tokenizers.md lists the parts of the format that are
// known.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/hub.h"

namespace easydel {

struct EncodeOptions {
  bool add_special_tokens = true;  ///< what the post-processor adds, such as a leading <s>
};

struct DecodeOptions {
  bool skip_special_tokens = true;  ///< leave special tokens out of the text
  /// Join English punctuation to the word before it; unset follows tokenizer_config.json. As in Transformers
  /// this does nothing for BPE, whose own spaces it would damage.
  std::optional<bool> clean_up_tokenization_spaces;
};

/// Immutable and cheap to copy; every member may be called from several threads at once.
class Tokenizer {
 public:
  /// Reads tokenizer.json and, where they exist, tokenizer_config.json, special_tokens_map.json and
  /// chat_template.jinja, of a directory or of a repository on the Hub. Error(kNotFound) without tokenizer.json,
  /// Error(kCorruptFile) naming the key that is wrong, Error(kUnsupported) naming a part of the format that is unknown
  /// and those that are known, and what snapshot_download() throws.
  static Tokenizer from_pretrained(const std::filesystem::path& name_or_path, const HubOptions& options = {});

  /// The same from the texts of tokenizer.json and tokenizer_config.json.
  static Tokenizer from_json(std::string_view tokenizer_json, std::string_view tokenizer_config_json = {});

  /// The ids of `text`. Bytes that are not UTF-8 are read as U+FFFD, one for each maximal invalid subpart, as
  /// Python's errors="replace" gives them to the `tokenizers` package. The empty text gives the special
  /// tokens.
  std::vector<int32_t> encode(std::string_view text, const EncodeOptions& options = {}) const;
  std::vector<std::vector<int32_t>> encode_batch(std::span<const std::string> texts,
                                                 const EncodeOptions& options = {}) const;

  /// The text of `ids`, always valid UTF-8. Error(kInvalidArgument) for an id outside the vocabulary.
  std::string decode(std::span<const int32_t> ids, const DecodeOptions& options = {}) const;
  std::vector<std::string> decode_batch(std::span<const std::vector<int32_t>> ids,
                                        const DecodeOptions& options = {}) const;

  /// The vocabulary's own spelling of each id ("Ġworld"). Error(kInvalidArgument) for an id outside it.
  std::vector<std::string> tokens(std::span<const int32_t> ids) const;
  /// The id of a vocabulary entry or added token, spelled as in the vocabulary.
  std::optional<int32_t> token_to_id(std::string_view token) const;
  /// The spelling of an id; nullopt outside the vocabulary.
  std::optional<std::string> id_to_token(int32_t id) const;
  /// Number of entries, added tokens included (Transformers' `len(tokenizer)`).
  int64_t vocab_size() const;

  /// Named special tokens of tokenizer_config.json (or special_tokens_map.json); nullopt where it names none.
  std::optional<int32_t> bos_id() const;
  std::optional<int32_t> eos_id() const;
  std::optional<int32_t> pad_id() const;
  std::optional<int32_t> unk_id() const;
  /// All ids that skip_special_tokens leaves out, ascending.
  const std::vector<int32_t>& special_ids() const;

  /// The chat template's Jinja source; empty where the model has none.
  const std::string& chat_template() const;
  /// tokenizer_config.json's "model_max_length" where it is a usable length.
  std::optional<int64_t> model_max_length() const;

 private:
  friend class StreamDecoder;
  struct Data;
  explicit Tokenizer(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;
};

/// Turns ids into text one by one. The pieces joined equal Tokenizer::decode of all ids; no piece ends inside
/// a character. What later ids could still change (half a character, a run of <0xNN> bytes) waits for them.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer, const DecodeOptions& options = {});
  ~StreamDecoder();
  StreamDecoder(StreamDecoder&&) noexcept;
  StreamDecoder& operator=(StreamDecoder&&) noexcept;

  /// The text that `id` settles, often empty. Error(kInvalidArgument) for an id outside the vocabulary.
  std::string push(int32_t id);
  /// The rest of the text; after it the decoder starts anew.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace easydel
