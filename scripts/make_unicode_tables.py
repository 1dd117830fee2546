#!/usr/bin/env python3
"""Writes src/text/unicode_tables.inc: what the `tokenizers` package knows about each code point.

    pip install tokenizers==0.23.3 && python scripts/make_unicode_tables.py

The package mixes several Unicode versions (Oniguruma's 16 for \\p{..} classes, older ones for its normalization
forms and punctuation), so the tables come from asking it about every code point, not from one Unicode data file.
Only combining-class values and composition pairs come from Python's unicodedata, checked against the package.
"""
import pathlib
import unicodedata

import tokenizers
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/text/unicode_tables.inc"
LIMIT = 0x110000
POINTS = [c for c in range(LIMIT) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)


def matches(pre_tokenizer):
    """The code points that a delimiter-removing pre-tokenizer removes."""
    removed = set()
    for i in range(0, len(POINTS), 4096):
        block = POINTS[i : i + 4096]
        kept = [False] * len(block)
        for _, (begin, end) in pre_tokenizer.pre_tokenize_str("".join(map(chr, block))):
            kept[begin:end] = [True] * (end - begin)
        removed.update(c for c, k in zip(block, kept) if not k)
    return removed


def regex_class(pattern):
    return matches(pre_tokenizers.Split(Regex(pattern), "removed"))


def dropped(normalizer):
    """The code points that a normalizer deletes."""
    return {c for c in POINTS if normalizer.normalize_str("a" + chr(c)) == "a"}


def numeric():
    """Digits isolates what Rust's char::is_numeric accepts."""
    split = pre_tokenizers.Digits(individual_digits=True)
    return {c for c in POINTS if len(split.pre_tokenize_str("aa" + chr(c))) == 2}


def word():
    """Rust's \\w: Whitespace keeps 'a' and a word character together."""
    split = pre_tokenizers.Whitespace()
    return {c for c in POINTS if [p for p, _ in split.pre_tokenize_str("a" + chr(c))] == ["a" + chr(c)]}


def forms():
    result = {}
    for name in ("NFC", "NFD", "NFKC", "NFKD"):
        normalizer = getattr(normalizers, name)()
        result[name] = {c: normalizer.normalize_str(chr(c)) for c in POINTS}
    return result


def combining_classes():
    """unicodedata's values for the code points that the package reorders."""
    nfd = normalizers.NFD()
    classes = {}
    for c in POINTS:
        value = unicodedata.combining(chr(c))
        if value in (0, 240) and c != 0x345:
            continue
        if c == 0x345 or nfd.normalize_str("\u0345" + chr(c)) == chr(c) + "\u0345":
            classes[c] = value
    return classes


def compositions(nfc, nfd):
    pairs = []
    for c in POINTS:
        if c in HANGUL or nfd[c] == chr(c) or nfc[c] != chr(c):
            continue
        first, second = (int(x, 16) for x in unicodedata.decomposition(chr(c)).split())
        composed = normalizers.NFC().normalize_str(chr(first) + chr(second))
        assert composed == chr(c), hex(c)
        pairs.append((first, second, c))
    return sorted(pairs)


def numbers(values, width=108):
    lines, line = [], ""
    for value in values:
        item = f"{value},"
        if len(line) + len(item) > width:
            lines.append(line)
            line = ""
        line += item
    return "\n".join(lines + [line])


def two_stage(values):
    best = None
    for shift in (5, 6, 7, 8):
        blocks, index, stage1 = [], {}, []
        for i in range(0, LIMIT, 1 << shift):
            block = tuple(values[i : i + (1 << shift)])
            if block not in index:
                index[block] = len(blocks)
                blocks.append(block)
            stage1.append(index[block])
        size = len(stage1) * (1 if len(blocks) < 256 else 2) + (len(blocks) << shift)
        if best is None or size < best[0]:
            best = (size, shift, stage1, [v for b in blocks for v in b])
    return best[1:]


def decomposition_table(form):
    pool, rows = "", []
    for c in POINTS:
        if c in HANGUL or form[c] == chr(c):
            continue
        at = pool.find(form[c])
        if at < 0:
            at = len(pool)
            pool += form[c]
        rows.append((c, at, len(form[c])))
    return rows, pool


def lowercase_rows():
    lower = normalizers.Lowercase()
    rows = []
    for c in POINTS:
        text = lower.normalize_str(chr(c))
        if text == chr(c) or c == 0x130:  # U+0130 maps to two code points; the code names it
            continue
        assert len(text) == 1, hex(c)
        delta = ord(text) - c
        for step in (1, 2):
            if rows and rows[-1][2] == delta and c - rows[-1][1] == step and rows[-1][3] in (0, step):
                rows[-1] = (rows[-1][0], c, delta, step)
                break
        else:
            rows.append((c, c, delta, 0))
    return [(a, b, d, s or 1) for a, b, d, s in rows]


def main():
    form = forms()
    ccc = combining_classes()
    pairs = compositions(form["NFC"], form["NFD"])
    seconds = {b for _, b, _ in pairs} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    categories = {k: regex_class(rf"\p{{{k}}}") for k in ("L", "N", "M", "Lu", "Ll", "Lt", "Lm", "Lo")}
    either = categories["Lm"] | categories["Lo"] | categories["M"]
    clean = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False,
                                       lowercase=False)
    accents = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True,
                                         lowercase=False)
    stable = {k: {c for c in POINTS if form[k][c] == chr(c) and c not in ccc} for k in form}
    bits = [
        ("kLetter", categories["L"]),
        ("kNumber", categories["N"]),
        ("kSpace", regex_class(r"\s")),
        ("kMark", categories["M"]),
        ("kUpper", categories["Lu"] | categories["Lt"] | either),
        ("kLower", categories["Ll"] | either),
        ("kWord", word()),
        ("kPunctuation", matches(pre_tokenizers.Punctuation(behavior="removed"))),
        ("kNumeric", numeric()),
        ("kBertControl", dropped(clean)),
        ("kNonspacingMark", dropped(accents)),
        ("kCombiningMark", dropped(normalizers.StripAccents())),
        ("kStableNfc", stable["NFC"] - seconds),
        ("kStableNfd", stable["NFD"]),
        ("kStableNfkc", stable["NFKC"] - seconds),
        ("kStableNfkd", stable["NFKD"]),
    ]
    assert matches(pre_tokenizers.WhitespaceSplit()) == bits[2][1]
    flags = [0] * LIMIT
    for i, (_, members) in enumerate(bits):
        for c in members:
            flags[c] |= 1 << i
    combos = sorted(set(flags))
    shift, stage1, stage2 = two_stage([combos.index(f) for f in flags])

    canonical, canonical_pool = decomposition_table(form["NFD"])
    compat_only = {c: t for c, t in form["NFKD"].items()}
    for c, t in form["NFD"].items():
        if compat_only[c] == t:
            compat_only[c] = chr(c)
    compat, compat_pool = decomposition_table(compat_only)

    out = [f"// Generated by scripts/make_unicode_tables.py from tokenizers {tokenizers.__version__}. Do not edit.",
           "// clang-format off"]
    for i, (name, _) in enumerate(bits):
        out.append(f"constexpr uint16_t {name} = {1 << i};")
    out.append(f"constexpr int kFlagShift = {shift};")

    def array(kind, name, values):
        values = list(values)
        out.append(f"constexpr {kind} {name}[{len(values)}] = {{\n{numbers(values)}\n}};")

    array("uint16_t", "kFlagSets", combos)
    array("uint8_t" if max(stage1) < 256 else "uint16_t", "kFlagStage1", stage1)
    array("uint8_t", "kFlagStage2", stage2)
    for name, rows, pool in (("Canonical", canonical, canonical_pool), ("Compat", compat, compat_pool)):
        array("uint32_t", f"k{name}Points", (r[0] for r in rows))
        array("uint16_t", f"k{name}Offsets", (r[1] for r in rows))
        array("uint8_t", f"k{name}Lengths", (r[2] for r in rows))
        array("uint32_t", f"k{name}Pool", map(ord, pool))
    array("uint32_t", "kCombiningPoints", sorted(ccc))
    array("uint8_t", "kCombiningValues", (ccc[c] for c in sorted(ccc)))
    array("uint32_t", "kComposeFirst", (p[0] for p in pairs))
    array("uint32_t", "kComposeSecond", (p[1] for p in pairs))
    array("uint32_t", "kComposeResult", (p[2] for p in pairs))
    lower = lowercase_rows()
    array("uint32_t", "kLowerBegin", (r[0] for r in lower))
    array("uint32_t", "kLowerEnd", (r[1] for r in lower))
    array("int32_t", "kLowerDelta", (r[2] for r in lower))
    array("uint8_t", "kLowerStep", (r[3] for r in lower))
    out.append("// clang-format on")
    OUT.write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
