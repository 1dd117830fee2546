"""Hand-built tokenizers, each with one option of one part, and what the package does with them.

Their vocabulary holds only <0xNN> tokens, and every word ends in "|": the ids spell the normalized words one by one.
"""
import itertools

from tokenizers import Tokenizer

BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
TEXTS = [
    "", " ", "a", "Hello, World!  It's 12345 o'clock...", "  leading and trailing  ", "tab\tnew\nline\r\n\r\n end", "a--b---c", "1a22b333",
    "日本語 text、混ぜる。", "e\u0301 é Å \u212b ﬁ ① ㎏ \u1e9b\u0323", "ÀÉÎ ǅ İ ΑΣ ẞ", "한국어 \u1112\u1161\u11ab", "x\u00a0y\u3000z\u200bw", "snake_case camelCase",
    "<s>a</s> <mask> b<mask>", "Day DAY day daylight", "a\x00b\x07c\ufffdd\u0085e\u00ade", "▁x ▁▁y", "नमस्ते ไทย مَرْحَبًا", "١٢٣ ² Ⅷ ½ x²", "😀👍🏽", "don't DON'T 'ſ",
    "a.b,c;d:e!f?g", "foo<sep>bar<sep><sep>baz", "aaa", "ab ab ab", "(x)[y]{z}", "«q» “r” _u_ $5 €6 +7", "\u0345\u0301a\u0323\u0307", "q\u0307\u0323",
]


def model(**options):
    vocab = {f"<0x{b:02X}>": b for b in range(256)}
    return {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": "|",
            "fuse_unk": False, "byte_fallback": True, "ignore_merges": False, "vocab": vocab, "merges": [], **options}


def tokenizer(**parts):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
            "post_processor": None, "decoder": {"type": "ByteFallback"}, "model": model(), **parts}


def added(id, content, **flags):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False, **flags}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def normalizer_variants():
    simple = ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel"]
    yield from ((name, {"type": name}) for name in simple)
    for left, right in itertools.product([True, False], repeat=2):
        yield f"Strip {left} {right}", {"type": "Strip", "strip_left": left, "strip_right": right}
    yield "Prepend", {"type": "Prepend", "prepend": "▁"}
    yield "Replace string", {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    yield "Replace regex", {"type": "Replace", "pattern": {"Regex": r"\s{2,}|[aeiou]"}, "content": "<>"}
    yield "Replace empty", {"type": "Replace", "pattern": {"Regex": r"x*"}, "content": "-"}
    yield "Sequence", {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "Strip", "strip_left": True, "strip_right": True}]}
    yield "Sequence two", {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
    for clean, chinese, accents, lower in [(True, True, None, True), (False, True, None, False), (True, False, True, False), (True, True, False, True)]:
        yield (f"Bert {clean} {chinese} {accents} {lower}",
               {"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese, "strip_accents": accents, "lowercase": lower})


def pre_tokenizer_variants():
    for behavior, invert in itertools.product(BEHAVIORS, [False, True]):
        yield f"Split regex {behavior} {invert}", split(r"\s+|-", behavior, invert)
        yield f"Split string {behavior} {invert}", split("a", behavior, invert, "String")
    yield from ((f"Punctuation {b}", {"type": "Punctuation", "behavior": b}) for b in BEHAVIORS)
    yield from ((f"Digits {d}", {"type": "Digits", "individual_digits": d}) for d in (True, False))
    yield from ((name, {"type": name}) for name in ("Whitespace", "WhitespaceSplit", "BertPreTokenizer"))
    for scheme, cut in itertools.product(["always", "first", "never"], [True, False]):
        yield f"Metaspace {scheme} {cut}", {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": cut}
    for prefix, regex in itertools.product([True, False], repeat=2):
        yield f"ByteLevel {prefix} {regex}", {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}
    yield "FixedLength", {"type": "FixedLength", "length": 3}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    digits = {"type": "Digits", "individual_digits": True}
    for name, steps in {"Digits ByteLevel": [digits, byte_level], "ByteLevel Digits": [byte_level, digits],
                        "Whitespace Punctuation": [{"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Isolated"}],
                        "Split Metaspace": [split(r"[0-9]+"), {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": True}],
                        "three splits": [split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(r"[!-/:-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]}.items():
        yield f"Sequence {name}", {"type": "Sequence", "pretokenizers": steps}
    for i, pattern in enumerate([r"\w+", r"\W", r"\h+", r"(?i)day", r"[\p{L}&&[^a-z]]+", r"^.", r".$", r"(?m:a.b|\r.)", r"\d", r"\bd", r"", r"[^\s\w]", r"[[:upper:]]", r"a++b|a{2}", r"(?<=a)b", r"\p{Lu}\p{Ll}*"]):
        yield f"Regex {i} {pattern}", split(pattern)


def variants():
    for name, part in normalizer_variants():
        yield f"normalizer {name}", tokenizer(normalizer=part)
    for name, part in pre_tokenizer_variants():
        yield f"pre_tokenizer {name}", tokenizer(pre_tokenizer=part)
    flags = [dict(zip(("single_word", "lstrip", "rstrip", "normalized", "special"), f)) for f in itertools.product([False, True], repeat=5)]
    for f in flags:
        tokens = [added(256, "<mask>", **f), added(257, "Day", **f), added(258, "<s>", special=True), added(259, "-", **f), added(260, "<sep>", **f), added(261, "--b", **f)]
        yield (f"added {sorted(k for k in f if f[k])}",
               tokenizer(added_tokens=tokens, normalizer={"type": "Lowercase"}, pre_tokenizer={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}))
    yield "added known", tokenizer(added_tokens=[added(65, "<0x41>", special=True), added(256, "ab"), added(257, "aaa"), added(258, "a")])
    for name, decoder in {
        "none": None, "Fuse": {"type": "Fuse"}, "Strip": {"type": "Strip", "content": "<", "start": 1, "stop": 0}, "Strip stop": {"type": "Strip", "content": ">", "start": 0, "stop": 2},
        "Replace": {"type": "Replace", "pattern": {"String": "0x"}, "content": "#"}, "Replace regex": {"type": "Replace", "pattern": {"Regex": "[<>]"}, "content": ""},
        "WordPiece": {"type": "WordPiece", "prefix": "<0x6", "cleanup": True}, "WordPiece plain": {"type": "WordPiece", "prefix": "<0x2", "cleanup": False},
        "BPEDecoder": {"type": "BPEDecoder", "suffix": "0>"}, "Metaspace": {"type": "Metaspace", "replacement": "<", "prepend_scheme": "always", "split": True},
        "Metaspace never": {"type": "Metaspace", "replacement": "<", "prepend_scheme": "never", "split": True}, "ByteLevel": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "Sequence": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 1}, {"type": "Replace", "pattern": {"String": "|"}, "content": " "}]},
    }.items():
        yield f"decoder {name}", tokenizer(decoder=decoder, pre_tokenizer={"type": "WhitespaceSplit"})
    cls, sep = ["<0x5B>", 91], ["<0x5D>", 93]
    special = {"<0x5B>": {"id": "<0x5B>", "ids": [91], "tokens": ["<0x5B>"]}, "X": {"id": "X", "ids": [88, 89], "tokens": ["<0x58>", "<0x59>"]}}
    a, x, b = {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "X", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}
    template = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<0x5B>", "type_id": 0}}, a, x], "pair": [a, b], "special_tokens": special}
    for name, processor in {"Bert": {"type": "BertProcessing", "cls": cls, "sep": sep}, "Roberta": {"type": "RobertaProcessing", "cls": cls, "sep": sep, "trim_offsets": True, "add_prefix_space": True},
                            "Template": template, "Template twice": {**template, "single": [a, x, a]}, "Sequence": {"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}, template]}}.items():
        yield f"post_processor {name}", tokenizer(post_processor=processor)
    words = {"<unk>": 0, "a": 1, "b": 2, "ab": 3, "aab": 4, "<0x63>": 5, "##a": 6, "##b": 7, "b</w>": 8, "ab</w>": 9, "a##b": 10, "c d": 11, " ": 12}
    for unk, fuse, fallback, ignore in itertools.product([None, "<unk>"], [False, True], [False, True], [False, True]):
        yield (f"bpe {unk} {fuse} {fallback} {ignore}",
               tokenizer(decoder=None, model=model(vocab=words, merges=[["a", "b"], ["a", "ab"]], unk_token=unk, fuse_unk=fuse, byte_fallback=fallback, ignore_merges=ignore, end_of_word_suffix=None)))
    yield "bpe suffix", tokenizer(decoder={"type": "BPEDecoder", "suffix": "</w>"}, pre_tokenizer={"type": "WhitespaceSplit"}, model=model(vocab=words, merges=["a b</w>"], unk_token="<unk>", end_of_word_suffix="</w>", byte_fallback=False))
    yield "bpe prefix", tokenizer(decoder=None, pre_tokenizer={"type": "WhitespaceSplit"}, model=model(vocab=words, merges=["a ##b"], unk_token="<unk>", continuing_subword_prefix="##", end_of_word_suffix=None, byte_fallback=False))
    yield "wordlevel", tokenizer(decoder=None, pre_tokenizer={"type": "WhitespaceSplit"}, model={"type": "WordLevel", "vocab": words, "unk_token": "<unk>"})
    yield "wordpiece", tokenizer(decoder=None, pre_tokenizer={"type": "WhitespaceSplit"}, model={"type": "WordPiece", "vocab": words, "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 5})
    for fallback in (False, True):
        yield f"unigram {fallback}", tokenizer(decoder=None, model={"type": "Unigram", "unk_id": 0, "byte_fallback": fallback, "vocab": [["<unk>", 0.0], ["a", -1.5], ["b", -2.0], ["ab", -3.0], ["aa", -3.5], [" ", -1.0], ["c", -9.0], ["<0x64>", 0.0], ["日", -4.0]]})


def expand(data):
    """variants.json leaves out what tokenizer() and model() fill in; the test fills it in again."""
    base = tokenizer()
    parts = {k: v for k, v in data.items() if v != base[k]}
    if "model" in parts and parts["model"].get("vocab") == base["model"]["vocab"]:
        raise AssertionError("name the vocabulary")
    return parts


def record(_):
    import json

    rows = []
    for name, data in variants():
        try:
            oracle = Tokenizer.from_str(json.dumps(data))
        except BaseException as error:  # the package panics on some
            raise SystemExit(f"{name}: {error}")
        cases = []
        for text in TEXTS:
            plain = oracle.encode(text, add_special_tokens=False).ids
            special = oracle.encode(text).ids
            case = ["".join(chr(i) for i in plain)]
            try:
                decoded = [oracle.decode(special, skip_special_tokens=s) for s in (True, False)]
            except BaseException:
                decoded = None
            case.append("".join(chr(i) for i in special) if special != plain else None)
            case.append(decoded if decoded is None or decoded[0] != decoded[1] else decoded[:1])
            cases.append(case)
        rows.append({"name": name, "tokenizer": expand(data), "cases": cases})
    return {"texts": TEXTS, "base": tokenizer(), "variants": rows}
