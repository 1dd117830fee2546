#include "text/unicode.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "text/utf8.h"

namespace easydel::text {
namespace {

using namespace unicode;

// Hangul syllables compose and decompose by arithmetic (Unicode 3.12).
constexpr uint32_t kHangulBase = 0xAC00, kLBase = 0x1100, kVBase = 0x1161, kTBase = 0x11A7;
constexpr uint32_t kLCount = 19, kVCount = 21, kTCount = 28, kHangulCount = kLCount * kVCount * kTCount;

uint8_t combining_class(uint32_t point) {
  if (point < 0x300) return 0;
  const auto* found = std::lower_bound(std::begin(kCombiningPoints), std::end(kCombiningPoints), point);
  if (found == std::end(kCombiningPoints) || *found != point) return 0;
  return kCombiningValues[found - std::begin(kCombiningPoints)];
}

struct Mapping {
  const uint32_t* begin;
  size_t size;
};

template <size_t N>
std::optional<Mapping> find_mapping(const uint32_t (&points)[N], const uint16_t* offsets,
                                    const uint8_t* lengths, const uint32_t* pool, uint32_t point) {
  const auto* found = std::lower_bound(std::begin(points), std::end(points), point);
  if (found == std::end(points) || *found != point) return std::nullopt;
  const auto row = found - std::begin(points);
  return Mapping{pool + offsets[row], lengths[row]};
}

// A decomposed run: each code point with its combining class.
struct Mark {
  uint32_t point;
  uint8_t combining;
};

void decompose(uint32_t point, bool compat, std::vector<Mark>& out) {
  const auto push = [&](uint32_t p) { out.push_back({p, combining_class(p)}); };
  if (point - kHangulBase < kHangulCount) {
    const uint32_t index = point - kHangulBase;
    push(kLBase + index / (kVCount * kTCount));
    push(kVBase + index % (kVCount * kTCount) / kTCount);
    if (index % kTCount != 0) push(kTBase + index % kTCount);
    return;
  }
  std::optional<Mapping> mapping;
  if (compat) mapping = find_mapping(kCompatPoints, kCompatOffsets, kCompatLengths, kCompatPool, point);
  if (!mapping)
    mapping = find_mapping(kCanonicalPoints, kCanonicalOffsets, kCanonicalLengths, kCanonicalPool, point);
  if (!mapping) return push(point);
  std::for_each_n(mapping->begin, mapping->size, push);
}

// Sorts each run of marks by combining class, keeping the order of equals.
void reorder(std::vector<Mark>& marks) {
  for (auto run = marks.begin(); run != marks.end();) {
    if (run->combining == 0) {
      ++run;
      continue;
    }
    const auto end = std::find_if(run, marks.end(), [](const Mark& m) { return m.combining == 0; });
    std::stable_sort(run, end, [](const Mark& a, const Mark& b) { return a.combining < b.combining; });
    run = end;
  }
}

std::optional<uint32_t> compose_pair(uint32_t first, uint32_t second) {
  if (first - kLBase < kLCount && second - kVBase < kVCount)
    return kHangulBase + ((first - kLBase) * kVCount + (second - kVBase)) * kTCount;
  if (first - kHangulBase < kHangulCount && (first - kHangulBase) % kTCount == 0 &&
      second - kTBase - 1 < kTCount - 1)
    return first + (second - kTBase);
  const auto [begin, end] = std::equal_range(std::begin(kComposeFirst), std::end(kComposeFirst), first);
  for (const auto* at = begin; at != end; ++at) {
    const auto row = at - std::begin(kComposeFirst);
    if (kComposeSecond[row] == second) return kComposeResult[row];
  }
  return std::nullopt;
}

// Canonical composition in place (Unicode 3.11, D117).
void compose(std::vector<Mark>& marks) {
  size_t out = 0;
  size_t starter = marks.size();
  uint8_t last_class = 0;
  for (const Mark mark : marks) {
    const bool blocked =
        starter != marks.size() && out != starter + 1 && (last_class == 0 || last_class >= mark.combining);
    if (starter != marks.size() && !blocked) {
      if (const auto composed = compose_pair(marks[starter].point, mark.point)) {
        marks[starter].point = *composed;
        continue;
      }
    }
    if (mark.combining == 0) starter = out;
    last_class = mark.combining;
    marks[out++] = mark;
  }
  marks.resize(out);
}

}  // namespace

std::optional<std::string> normalize(std::string_view text, NormalForm form) {
  const uint16_t stable = form == NormalForm::kNfc    ? kStableNfc
                          : form == NormalForm::kNfd  ? kStableNfd
                          : form == NormalForm::kNfkc ? kStableNfkc
                                                      : kStableNfkd;
  const bool compat = form == NormalForm::kNfkc || form == NormalForm::kNfkd;
  const bool composes = form == NormalForm::kNfc || form == NormalForm::kNfkc;

  // Stable characters neither change nor join their neighbour, so only the stretch from the stable character
  // before an unstable one up to the next stable one needs work.
  std::optional<std::string> result;
  std::vector<Mark> marks;
  size_t copied = 0, previous = 0;
  for (size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      previous = at++;
      continue;
    }
    const size_t here = at;
    if (has_class(decode_utf8(text, at), stable)) {
      previous = here;
      continue;
    }
    const size_t begin = std::max(previous, copied);
    size_t end = at;
    while (end < text.size()) {
      size_t next = end;
      if (has_class(decode_utf8(text, next), stable)) break;
      end = next;
    }
    marks.clear();
    for (size_t i = begin; i < end;) decompose(decode_utf8(text, i), compat, marks);
    reorder(marks);
    if (composes) compose(marks);
    if (!result) result.emplace().reserve(text.size() + text.size() / 8);
    result->append(text, copied, begin - copied);
    for (const Mark& mark : marks) append_utf8(*result, mark.point);
    copied = previous = at = end;
  }
  if (result) result->append(text, copied);
  return result;
}

void append_lowercase(std::string& text, uint32_t point) {
  if (point < 0x80) {
    text.push_back(static_cast<char>(point - 'A' < 26 ? point + 32 : point));
    return;
  }
  if (point == 0x130) {
    text += "i\u0307";
    return;
  }
  const auto* found = std::upper_bound(std::begin(kLowerBegin), std::end(kLowerBegin), point);
  if (found != std::begin(kLowerBegin)) {
    const auto row = found - std::begin(kLowerBegin) - 1;
    if (point <= kLowerEnd[row] && (point - kLowerBegin[row]) % kLowerStep[row] == 0)
      point = static_cast<uint32_t>(static_cast<int32_t>(point) + kLowerDelta[row]);
  }
  append_utf8(text, point);
}

}  // namespace easydel::text
