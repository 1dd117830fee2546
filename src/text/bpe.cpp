#include "text/bpe.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "easydel/error.h"
#include "text/byte_level.h"
#include "text/json_node.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

constexpr std::string_view kMetaspace = "\u2581";
// Above this many symbols the heap is faster than scanning for the lowest rank.
constexpr size_t kShortWord = 48;

}  // namespace

void MergeTable::reserve(size_t count) {
  const size_t slots = std::bit_ceil(count * 2 + 2);
  slots_.assign(slots, Slot{});
  mask_ = slots - 1;
  shift_ = 64 - std::countr_zero(slots);
}

void MergeTable::add(int32_t left, int32_t right, Found found) {
  const uint64_t key = key_of(left, right);
  size_t at = slot_of(key);
  while (slots_[at].key != kFree && slots_[at].key != key) at = (at + 1) & mask_;
  slots_[at] = {key, found};
}

Bpe::Bpe(Vocabulary vocabulary, MergeTable merges, BpeOptions options)
    : vocabulary_(std::move(vocabulary)), merges_(std::move(merges)), options_(std::move(options)) {
  if (options_.unk_token) unk_id_ = vocabulary_.find_or(*options_.unk_token, -1);
  for (size_t b = 0; b < 256; ++b) {
    byte_ids_[b] = vocabulary_.find_or(to_byte_level(std::string(1, static_cast<char>(b))), -1);
    fallback_ids_[b] = vocabulary_.find_or(fmt::format("<0x{:02X}>", b), -1);
  }
  const auto known = [](int32_t id) { return id >= 0; };
  const bool plain = options_.continuing_subword_prefix.empty() && options_.end_of_word_suffix.empty();
  all_bytes_ = plain && std::all_of(byte_ids_.begin(), byte_ids_.end(), known);
  all_fallbacks_ = std::all_of(fallback_ids_.begin(), fallback_ids_.end(), known);
  splits_at_metaspace_ = plain && !options_.ignore_merges && find_word_boundary();
}

// SentencePiece models have no pre-tokenizer: the text is one word, where "▁" stands for each space. When no
// token has a "▁" behind another character, merges never cross such a place, so the text can be cut there:
// equal ids, and the pieces are short enough to be cached.
bool Bpe::find_word_boundary() const {
  if (!vocabulary_.find(kMetaspace)) return false;
  for (size_t id = 0; id < vocabulary_.id_limit(); ++id) {
    const auto token = vocabulary_.token(static_cast<int32_t>(id));
    if (!token) continue;
    for (size_t at = token->find(kMetaspace); at != std::string_view::npos;
         at = token->find(kMetaspace, at + kMetaspace.size()))
      if (at > 0 && !token->substr(0, at).ends_with(kMetaspace)) return false;
  }
  return true;
}

void Bpe::encode(std::string_view word, bool bytes, Workspace& workspace, std::vector<int32_t>& ids) const {
  if (splits_at_metaspace_ && !bytes) return encode_words(word, workspace, ids);
  encode_cached(word, bytes, workspace, ids);
}

void Bpe::encode_words(std::string_view text, Workspace& workspace, std::vector<int32_t>& ids) const {
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    while (text.substr(end).starts_with(kMetaspace)) end += kMetaspace.size();
    end = std::min(text.find(kMetaspace, end), text.size());
    encode_cached(text.substr(begin, end - begin), false, workspace, ids);
    begin = end;
  }
}

void Bpe::encode_cached(std::string_view word, bool bytes, Workspace& workspace,
                        std::vector<int32_t>& ids) const {
  if (!WordCache::fits(word)) return encode_uncached(word, bytes, workspace, ids);
  const uint64_t hash = hash_bytes(word);
  if (workspace.cache.find(word, hash, ids)) return;
  const size_t before = ids.size();
  encode_uncached(word, bytes, workspace, ids);
  workspace.cache.insert(word, hash, std::span(ids).subspan(before));
}

void Bpe::encode_uncached(std::string_view word, bool bytes, Workspace& workspace,
                          std::vector<int32_t>& ids) const {
  auto& symbols = workspace.symbols;
  symbols.clear();
  if (bytes && all_bytes_ && !options_.ignore_merges) {
    for (const char byte : word) symbols.push_back({byte_ids_[static_cast<unsigned char>(byte)], 0, 0, 1});
  } else {
    const std::string characters = bytes ? to_byte_level(word) : std::string(word);
    if (options_.ignore_merges) {
      if (const int32_t id = vocabulary_.find_or(characters, -1); id >= 0) return ids.push_back(id);
    }
    start_from_characters(characters, workspace);
  }
  if (symbols.size() <= kShortWord)
    merge_short(workspace, ids);
  else
    merge_long(workspace, ids);
}

void Bpe::start_from_characters(std::string_view word, Workspace& workspace) const {
  auto& symbols = workspace.symbols;
  const auto push = [&](int32_t id, uint32_t length) { symbols.push_back({id, 0, 0, length}); };
  // The unknown token waits until its run has ended; byte-fallback tokens overtake it, as in the package.
  uint32_t unknown = 0;
  const auto flush = [&] {
    if (unknown > 0) push(unk_id_, unknown);
    unknown = 0;
  };
  std::string spelled;
  for (size_t at = 0; at < word.size();) {
    const bool first = at == 0;
    const size_t begin = at;
    at += utf8_length(word[at]);
    std::string_view character = word.substr(begin, at - begin);
    const auto length = static_cast<uint32_t>(character.size());
    const bool prefixed = !first && !options_.continuing_subword_prefix.empty();
    const bool suffixed = at == word.size() && !options_.end_of_word_suffix.empty();
    if (prefixed || suffixed) {
      spelled = prefixed ? options_.continuing_subword_prefix : std::string();
      spelled.append(character);
      if (suffixed) spelled += options_.end_of_word_suffix;
      character = spelled;
    }
    if (const int32_t id = vocabulary_.find_or(character, -1); id >= 0) {
      flush();
      push(id, length);
      continue;
    }
    if (options_.byte_fallback) {
      const auto fallback = [&](char byte) { return fallback_ids_[static_cast<unsigned char>(byte)]; };
      if (all_fallbacks_ ||
          std::all_of(character.begin(), character.end(), [&](char byte) { return fallback(byte) >= 0; })) {
        for (const char byte : character) push(fallback(byte), 1);
        continue;
      }
    }
    if (!options_.unk_token) continue;  // the package drops what it has no token for
    if (unk_id_ < 0)
      throw Error(ErrorCode::kCorruptFile, "encode",
                  fmt::format("the text has a character that needs model.unk_token \"{}\", which is not in "
                              "model.vocab; add it there",
                              clipped(*options_.unk_token)));
    if (!options_.fuse_unk) flush();
    unknown += length;
  }
  flush();
}

void Bpe::merge_short(Workspace& workspace, std::vector<int32_t>& ids) const {
  const auto& symbols = workspace.symbols;
  const size_t count = symbols.size();
  std::array<int32_t, kShortWord> id;
  std::array<int32_t, kShortWord> merged;
  std::array<uint32_t, kShortWord> rank;
  for (size_t i = 0; i < count; ++i) id[i] = symbols[i].id;
  const auto look_up = [&](size_t i) {
    const auto [found_rank, found_id] = merges_.find(id[i], id[i + 1]);
    rank[i] = found_rank;
    merged[i] = found_id;
  };
  for (size_t i = 0; i + 1 < count; ++i) look_up(i);
  size_t left = count;
  while (left > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < left; ++i)
      if (rank[i] < rank[best]) best = i;
    if (rank[best] == MergeTable::kNone) break;
    id[best] = merged[best];
    const size_t tail = left - best - 2;
    std::copy_n(&id[best] + 2, tail, &id[best] + 1);
    if (tail > 0) {
      std::copy_n(&rank[best] + 2, tail - 1, &rank[best] + 1);
      std::copy_n(&merged[best] + 2, tail - 1, &merged[best] + 1);
    }
    --left;
    if (best + 1 < left) look_up(best);
    if (best > 0) look_up(best - 1);
  }
  ids.insert(ids.end(), id.begin(), id.begin() + static_cast<std::ptrdiff_t>(left));
}

void Bpe::merge_long(Workspace& workspace, std::vector<int32_t>& ids) const {
  auto& symbols = workspace.symbols;
  auto& heap = workspace.heap;
  const auto count = static_cast<int32_t>(symbols.size());
  const auto later = [](const Workspace::Merge& a, const Workspace::Merge& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
  };
  heap.clear();
  const auto candidate = [&](int32_t position) {
    const Workspace::Symbol& symbol = symbols[static_cast<size_t>(position)];
    const auto found = merges_.find(symbol.id, symbols[static_cast<size_t>(symbol.next)].id);
    if (found.rank == MergeTable::kNone) return false;
    heap.push_back({found.rank, static_cast<uint32_t>(position), found.id});
    return true;
  };
  for (int32_t i = 0; i < count; ++i) {
    symbols[static_cast<size_t>(i)].previous = i - 1;
    symbols[static_cast<size_t>(i)].next = i + 1;
  }
  for (int32_t i = 0; i + 1 < count; ++i) candidate(i);
  std::make_heap(heap.begin(), heap.end(), later);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    const Workspace::Merge top = heap.back();
    heap.pop_back();
    Workspace::Symbol& symbol = symbols[top.position];
    if (symbol.length == 0 || symbol.next >= count) continue;
    Workspace::Symbol& right = symbols[static_cast<size_t>(symbol.next)];
    const auto found = merges_.find(symbol.id, right.id);
    if (found.rank == MergeTable::kNone || found.id != top.id) continue;  // a neighbour has changed since
    symbol.id = top.id;
    symbol.length += right.length;
    symbol.next = right.next;
    right.length = 0;
    if (right.next < count)
      symbols[static_cast<size_t>(right.next)].previous = static_cast<int32_t>(top.position);
    if (symbol.previous >= 0 && candidate(symbol.previous)) std::push_heap(heap.begin(), heap.end(), later);
    if (symbol.next < count && candidate(static_cast<int32_t>(top.position)))
      std::push_heap(heap.begin(), heap.end(), later);
  }
  for (const Workspace::Symbol& symbol : symbols)
    if (symbol.length != 0) ids.push_back(symbol.id);
}

}  // namespace easydel::text
