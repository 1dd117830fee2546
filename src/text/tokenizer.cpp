#include "easydel/tokenizer.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "easydel/error.h"
#include "io/hub/snapshot.h"
#include "text/tokenizer_data.h"
#include "text/utf8.h"

namespace easydel {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  file.seekg(0, std::ios::end);
  if (const auto size = file.tellg(); size > 0) {
    text.resize(static_cast<size_t>(size));
    file.seekg(0);
    file.read(text.data(), size);
  }
  if (!file)
    throw Error(ErrorCode::kIo, "Tokenizer::from_pretrained",
                fmt::format("{} cannot be read; check its permissions", path.string()));
  return text;
}

// Empty where the file does not exist.
std::string read_optional(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) ? read_file(path) : std::string();
}

}  // namespace

Tokenizer::Tokenizer(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

Tokenizer Tokenizer::from_pretrained(const fs::path& name_or_path, const HubOptions& options) {
  const fs::path directory = hub::model_directory(name_or_path, hub::kTokenizerFiles, options);
  std::error_code error;
  if (!fs::is_directory(directory, error))
    throw Error(
        ErrorCode::kNotFound, "Tokenizer::from_pretrained",
        fmt::format(
            "{} is not a directory; give the folder that holds tokenizer.json, or a repository's name",
            directory.string()));
  const fs::path main = directory / "tokenizer.json";
  if (!fs::is_regular_file(main, error)) {
    const bool sentencepiece = fs::exists(directory / "tokenizer.model", error);
    const std::string_view mend = sentencepiece ? "it has a tokenizer.model, which Transformers' "
                                                  "AutoTokenizer(...).save_pretrained turns into one"
                                                : "download the model's tokenizer.json into it";
    throw Error(ErrorCode::kNotFound, "Tokenizer::from_pretrained",
                fmt::format("{} has no tokenizer.json; {}", directory.string(), mend));
  }
  auto data = std::make_shared<Data>();
  try {
    data->load(read_file(main), read_optional(directory / "tokenizer_config.json"),
               read_optional(directory / "special_tokens_map.json"));
  } catch (const Error& failure) {
    throw Error(failure.code(), (directory / failure.operation()).string(), failure.detail());
  }
  if (std::string jinja = read_optional(directory / "chat_template.jinja"); !jinja.empty())
    data->config.chat_template = std::move(jinja);
  return Tokenizer(std::move(data));
}

Tokenizer Tokenizer::from_json(std::string_view tokenizer_json, std::string_view tokenizer_config_json) {
  auto data = std::make_shared<Data>();
  data->load(tokenizer_json, tokenizer_config_json, {});
  return Tokenizer(std::move(data));
}

std::vector<int32_t> Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  std::vector<int32_t> ids;
  ids.reserve(text.size() / 3 + 8);
  if (text::is_valid_utf8(text))
    data_->encode(text, ids);
  else
    data_->encode(text::repair_utf8(text), ids);
  return data_->post_processor.apply(std::move(ids), options.add_special_tokens);
}

std::vector<std::vector<int32_t>> Tokenizer::encode_batch(std::span<const std::string> texts,
                                                          const EncodeOptions& options) const {
  std::vector<std::vector<int32_t>> result;
  result.reserve(texts.size());
  for (const std::string& text : texts) result.push_back(encode(text, options));
  return result;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, const DecodeOptions& options) const {
  std::string text;
  const auto chain = data_->start_decoding(options, [&](std::string_view part) { text += part; });
  for (const int32_t id : ids) {
    const std::string_view token = data_->spelling(id);
    if (!options.skip_special_tokens || !data_->is_special(id)) chain->token(token);
  }
  chain->finish();
  return text;
}

std::vector<std::string> Tokenizer::decode_batch(std::span<const std::vector<int32_t>> ids,
                                                 const DecodeOptions& options) const {
  std::vector<std::string> result;
  result.reserve(ids.size());
  for (const std::vector<int32_t>& row : ids) result.push_back(decode(row, options));
  return result;
}

std::vector<std::string> Tokenizer::tokens(std::span<const int32_t> ids) const {
  std::vector<std::string> result;
  result.reserve(ids.size());
  for (const int32_t id : ids) result.emplace_back(data_->spelling(id));
  return result;
}

std::optional<int32_t> Tokenizer::token_to_id(std::string_view token) const {
  return data_->find_id(token);
}

std::optional<std::string> Tokenizer::id_to_token(int32_t id) const {
  const auto found = data_->find_spelling(id);
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

int64_t Tokenizer::vocab_size() const {
  return data_->vocab_size;
}

namespace {

std::optional<int32_t> named_id(const Tokenizer& tokenizer, const text::TokenizerConfig& config,
                                const char* name) {
  const auto found = config.named.find(name);
  return found == config.named.end() ? std::nullopt : tokenizer.token_to_id(found->second.token.content);
}

}  // namespace

std::optional<int32_t> Tokenizer::bos_id() const {
  return named_id(*this, data_->config, "bos_token");
}
std::optional<int32_t> Tokenizer::eos_id() const {
  return named_id(*this, data_->config, "eos_token");
}
std::optional<int32_t> Tokenizer::pad_id() const {
  return named_id(*this, data_->config, "pad_token");
}
std::optional<int32_t> Tokenizer::unk_id() const {
  return named_id(*this, data_->config, "unk_token");
}
const std::vector<int32_t>& Tokenizer::special_ids() const {
  return data_->special_ids;
}
const std::string& Tokenizer::chat_template() const {
  return data_->config.chat_template;
}
std::optional<int64_t> Tokenizer::model_max_length() const {
  return data_->config.model_max_length;
}

struct StreamDecoder::State {
  std::shared_ptr<const Tokenizer::Data> data;
  bool skip_special_tokens;
  std::string pending;
  std::unique_ptr<text::DecodeStage> chain;
};

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, const DecodeOptions& options)
    : state_(std::make_unique<State>()) {
  state_->data = tokenizer.data_;
  state_->skip_special_tokens = options.skip_special_tokens;
  state_->chain = tokenizer.data_->start_decoding(
      options, [state = state_.get()](std::string_view part) { state->pending += part; });
}

StreamDecoder::~StreamDecoder() = default;
StreamDecoder::StreamDecoder(StreamDecoder&&) noexcept = default;
StreamDecoder& StreamDecoder::operator=(StreamDecoder&&) noexcept = default;

std::string StreamDecoder::push(int32_t id) {
  const std::string_view token = state_->data->spelling(id);
  if (!state_->skip_special_tokens || !state_->data->is_special(id)) state_->chain->token(token);
  return std::exchange(state_->pending, {});
}

std::string StreamDecoder::finish() {
  state_->chain->finish();
  return std::exchange(state_->pending, {});
}

}  // namespace easydel
