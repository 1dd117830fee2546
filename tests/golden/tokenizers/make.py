#!/usr/bin/env python3
"""Trains small tokenizers of the common styles and records what the `tokenizers` package does with awkward texts.

    pip install tokenizers==0.23.3 && python tests/golden/tokenizers/make.py

Writes, beside itself:
  texts.b64            2,000 texts, one base64 line each (they hold invalid UTF-8)
  <style>/tokenizer.json
  <style>.golden.json  ids without and with special tokens, and FNV-1a hashes of the decoded texts
  variants.json        every option of every part, on hand-built tokenizers (variants.py)
Ids are written as strings of code points, id + 0x100, which keeps the files small.
"""
import base64
import json
import pathlib

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import awkward
import variants

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LLAMA3 = CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
O200K = (rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CONTRACTION}?|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CONTRACTION}?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def corpus():
    play = (ROOT / "data/shakespeare.txt").read_text()[:250_000].split("\n")
    return play + awkward.SENTENCES * 6


def train_bpe(tokenizer, size, special, alphabet=()):
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=list(alphabet), show_progress=False,
                                  limit_alphabet=400)
    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer


def byte_level(pattern=None, special=(), **options):
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = (
        pre_tokenizers.ByteLevel(add_prefix_space=False)
        if pattern is None
        else pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"),
                                      pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]))
    tokenizer.decoder = decoders.ByteLevel()
    return train_bpe(tokenizer, 1100, list(special), pre_tokenizers.ByteLevel.alphabet())


def template(tokenizer, before="", after=""):
    pieces = [t for t in (before, "$A", after) if t]
    return processors.TemplateProcessing(
        single=" ".join(pieces), pair="$A $B",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in (before, after) if t])


def gpt2():
    tokenizer = byte_level(special=["<|endoftext|>"])
    tokenizer.add_tokens([AddedToken("word_token", normalized=True), AddedToken("<extra>", normalized=False)])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def llama3():
    tokenizer = byte_level(LLAMA3, ["<|begin_of_text|>", "<|endoftext|>"], ignore_merges=True)
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(), template(tokenizer, "<|begin_of_text|>")])
    data = json.loads(tokenizer.to_str())
    del data["model"]["merges"][300::7]  # leaves words that only ignore_merges finds
    return Tokenizer.from_str(json.dumps(data))


def qwen2():
    tokenizer = byte_level(QWEN2, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def o200k():
    tokenizer = byte_level(O200K, ["<|endoftext|>", "<s>"])
    tokenizer.add_tokens([AddedToken("[STRIP]", lstrip=True, rstrip=True), AddedToken("ADDED", single_word=True)])
    tokenizer.post_processor = template(tokenizer, "<s>", "<|endoftext|>")
    return tokenizer


def sentencepiece():
    """A BPE with byte fallback, trained on words that start with U+2581."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return train_bpe(tokenizer, 1400, ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + ["▁▁", "▁▁▁▁"])


SPACE_DECODER = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]


def finish_sentencepiece(tokenizer):
    """Only the named tokens stay special; the bytes are ordinary ones, and runs of U+2581 merge."""
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = data["added_tokens"][:3]
    data["model"]["merges"] += [["▁", "▁"], ["▁▁", "▁▁"]]
    return Tokenizer.from_str(json.dumps(data))


def llama2():
    tokenizer = finish_sentencepiece(sentencepiece())
    tokenizer.pre_tokenizer = None
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(SPACE_DECODER + [decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = template(tokenizer, "<s>")
    return tokenizer


def metaspace():
    tokenizer = finish_sentencepiece(sentencepiece())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(SPACE_DECODER + [decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = template(tokenizer, "<s>", "</s>")
    return tokenizer


def bert():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=1500, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"], show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.post_processor = template(tokenizer, "[CLS]", "[SEP]")
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=1200, special_tokens=["<s>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.post_processor = template(tokenizer, "", "</s>")
    return tokenizer


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def spell(ids):
    return "".join(chr(i + 0x100) for i in ids)


def record(name, tokenizer, texts):
    rows = {"plain": [], "special": [], "skip": [], "keep": []}
    for text in texts:
        text = text.decode("utf-8", errors="replace")
        rows["plain"].append(spell(tokenizer.encode(text, add_special_tokens=False).ids))
        ids = tokenizer.encode(text).ids
        rows["special"].append(spell(ids))
        rows["skip"].append(fnv1a(tokenizer.decode(ids, skip_special_tokens=True).encode()))
        rows["keep"].append(fnv1a(tokenizer.decode(ids, skip_special_tokens=False).encode()))
    # What the post-processor adds to every text stands once; the test puts it around the plain ids.
    template = tokenizer.encode("a").ids
    middle = tokenizer.encode("a", add_special_tokens=False).ids
    at = next(i for i in range(len(template)) if template[i : i + len(middle)] == middle)
    rows["before"], rows["after"] = spell(template[:at]), spell(template[at + len(middle) :])
    for plain, special in zip(rows["plain"], rows.pop("special")):
        assert special == rows["before"] + plain + rows["after"]
    rows["keep"] = ["" if a == b else b for a, b in zip(rows["skip"], rows["keep"])]  # "": as skip
    (HERE / f"{name}.golden.json").write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")))


def main():
    texts = awkward.texts()
    (HERE / "texts.b64").write_text("".join(base64.b64encode(t).decode() + "\n" for t in texts))
    for make in (gpt2, llama3, qwen2, o200k, llama2, metaspace, bert, unigram):
        name = make.__name__
        tokenizer = make()
        (HERE / name).mkdir(exist_ok=True)
        (HERE / name / "tokenizer.json").write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")))
        tokenizer = Tokenizer.from_file(str(HERE / name / "tokenizer.json"))
        record(name, tokenizer, texts)
        print(name, tokenizer.get_vocab_size())
    record("tiny-shakespeare", Tokenizer.from_file(str(ROOT / "data/tiny-shakespeare/tokenizer.json")), texts)
    (HERE / "variants.json").write_text(json.dumps(variants.record(texts), ensure_ascii=False, separators=(",", ":"), indent=None))
    (HERE / "VERSION").write_text(f"tokenizers {tokenizers.__version__}, seed 20261124\n")


if __name__ == "__main__":
    main()
