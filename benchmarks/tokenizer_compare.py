#!/usr/bin/env python3
"""Runs tokenizer_speed and the `tokenizers` package in turn on one thread and prints medians side by side.

    python benchmarks/tokenizer_compare.py build/benchmarks/tokenizer_speed DIRECTORY TEXT_FILE [ROUNDS]

Cold is the first encoding after loading, warm the second (both programs keep a cache of words). The text goes in
as one string, and once more line by line; `encode` of the package also makes offsets, so encode_batch_fast, which does not, is timed as well.
"""
import json
import os
import statistics
import subprocess
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer  # noqa: E402 - reads the environment


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def package(directory, text):
    load, tokenizer = timed(lambda: Tokenizer.from_file(directory + "/tokenizer.json"))
    cold, _ = timed(lambda: tokenizer.encode_batch_fast([text]))
    warm, encoded = timed(lambda: tokenizer.encode_batch_fast([text]))
    lines = text.splitlines(keepends=True)
    by_line, _ = timed(lambda: tokenizer.encode_batch_fast(lines))
    offsets, _ = timed(lambda: tokenizer.encode(text))
    ids = encoded[0].ids
    decode, _ = timed(lambda: tokenizer.decode(ids))
    return {"load_s": load, "encode_cold_s": cold, "encode_warm_s": warm, "encode_lines_s": by_line, "encode_offsets_s": offsets, "decode_s": decode, "ids": len(ids)}


def main():
    program, directory, file = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    text = open(file, encoding="utf-8", newline="").read()
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(json.loads(subprocess.run([program, directory, file, "1"], check=True, capture_output=True, text=True).stdout))
        theirs.append(package(directory, text))
    assert ours[0]["ids"] == theirs[0]["ids"], "the ids differ"
    print(f"{ours[0]['bytes'] / 1e6:.2f} MB, {ours[0]['ids']} ids, medians of {rounds} rounds in turn, one thread")
    for key in ("load_s", "encode_cold_s", "encode_warm_s", "encode_lines_s", "decode_s"):
        a, b = (statistics.median(r[key] for r in rows) for rows in (ours, theirs))
        print(f"{key:15} easydel {a * 1e3:9.2f} ms   tokenizers {b * 1e3:9.2f} ms   {b / a:5.1f}x")
    b = statistics.median(r["encode_offsets_s"] for r in theirs)
    print(f"tokenizers with offsets {b * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
