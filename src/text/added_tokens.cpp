#include "text/added_tokens.h"

#include <algorithm>

#include "text/unicode.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

bool word_at(std::string_view text, size_t at) {
  return has_class(decode_utf8(text, at), unicode::kWord);
}

size_t skip_spaces_back(std::string_view text, size_t end) {
  while (end > 0) {
    size_t begin = previous_character(text, end);
    size_t next = begin;
    if (!is_space(decode_utf8(text, next))) break;
    end = begin;
  }
  return end;
}

size_t skip_spaces(std::string_view text, size_t at) {
  for (size_t next = at; next < text.size() && is_space(decode_utf8(text, next));) at = next;
  return at;
}

}  // namespace

void AddedVocabulary::add(const std::vector<AddedToken>& tokens, const Vocabulary& model,
                          const Normalizer* normalizer) {
  const auto model_size = static_cast<int32_t>(model.size());
  int32_t next_id = model_size;
  for (const auto& [id, token] : tokens_) next_id = std::max(next_id, id + 1);
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) continue;
    const auto known = ids_.find(token.content);
    if (known != ids_.end() && tokens_.at(known->second) == token) continue;
    int32_t id = known != ids_.end() ? known->second : model.find_or(token.content, -1);
    if (id < 0) id = next_id++;
    ids_[token.content] = id;
    tokens_[id] = token;
    std::string spelling = token.content;
    if (token.normalized && normalizer) {
      std::string storage;
      spelling = std::string(normalizer->apply(token.content, storage));
    }
    spellings_[id] = std::move(spelling);
    if (token.special) special_.insert(token.content);
  }
  rebuild();
}

void AddedVocabulary::rebuild() {
  for (Matcher& matcher : matchers_) matcher = Matcher();
  for (const auto& [id, token] : tokens_) {
    const std::string& text = token.normalized ? spellings_.at(id) : token.content;
    if (text.empty()) continue;
    Matcher& matcher = matchers_[token.normalized ? kNormalized : kVerbatim];
    matcher.trie.add(text, id);
    matcher.starts[static_cast<unsigned char>(text[0])] = true;
  }
}

void AddedVocabulary::split(std::string_view text, Pass pass,
                            FunctionRef<void(std::string_view part, int32_t id)> sink) const {
  const Matcher& matcher = matchers_[pass];
  size_t done = 0;
  for (size_t at = 0; at < text.size() && !matcher.trie.empty();) {
    if (!matcher.starts[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    // The longest token that starts here.
    int32_t id = -1;
    size_t end = at;
    size_t look = at;
    for (int32_t node = 0; look < text.size() && (node = matcher.trie.child(node, text[look++])) >= 0;) {
      if (matcher.trie.value(node) < 0) continue;
      id = matcher.trie.value(node);
      end = look;
    }
    if (id < 0) {
      ++at;
      continue;
    }
    size_t begin = at;
    at = end;
    const AddedToken& token = tokens_.at(id);
    if (token.single_word && ((begin > 0 && word_at(text, previous_character(text, begin))) ||
                              (end < text.size() && word_at(text, end))))
      continue;
    if (token.lstrip) begin = std::max(skip_spaces_back(text, begin), done);
    if (token.rstrip) end = skip_spaces(text, end);
    if (done < begin) sink(text.substr(done, begin - done), -1);
    sink(text.substr(begin, end - begin), id);
    done = end;
  }
  if (done < text.size()) sink(text.substr(done), -1);
}

const AddedToken* AddedVocabulary::find(std::string_view content) const {
  const auto found = ids_.find(std::string(content));
  return found == ids_.end() ? nullptr : &tokens_.at(found->second);
}

std::optional<int32_t> AddedVocabulary::id(std::string_view content) const {
  const auto found = ids_.find(std::string(content));
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace easydel::text
