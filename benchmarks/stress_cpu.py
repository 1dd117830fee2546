"""Long contexts, two programs at once, a busy neighbour, and the time to the first token, as Markdown.

    python stress_cpu.py MODEL --easydel build/easydel --roofline build-bench/benchmarks/roofline

MODEL is a directory that `easydel bench` takes, such as one of make_model.py. Needs nothing but Python.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import subprocess

from compare_llamacpp import read_limits

CONTEXT = 8  # tokens before the first decoded one where the context does not matter


def bench(options, threads, prefill, decode, repeat=2):
    return [str(part) for part in (options.easydel, "bench", options.model, "--threads", threads, "--prefill", prefill,
                                   "--decode", decode, "--repeat", repeat, "--json", "--quiet")]


def run(commands):
    """The JSON of programs that run at once."""
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    outputs = [program.communicate()[0] for program in running]
    if any(program.returncode for program in running):
        raise SystemExit(f"failed: {commands}")
    return [json.loads(output.strip().splitlines()[-1]) for output in outputs]


def busy():
    while True:
        pass


def cache_bytes(options, tokens):
    """Of keys and values in the model's dtype, for one sequence of so many tokens."""
    config = json.loads((options.model / "config.json").read_text())
    heads = config["num_attention_heads"]
    width = config.get("head_dim") or config["hidden_size"] // heads
    size = {"float32": 4}.get(config.get("torch_dtype") or config.get("dtype"), 2)
    return 2 * config["num_hidden_layers"] * config.get("num_key_value_heads", heads) * width * tokens * size


def contexts(options):
    limit = read_limits(options.roofline, options.threads).get("memory GB/s")
    print("| context | prefill, s | tokens/s | decode, tokens/s | read, GB/s | of memory's limit | peak memory, MB |")
    print("|---|---|---|---|---|---|---|")
    for tokens in options.contexts:
        result = run([bench(options, options.threads, tokens, options.decode, repeat=1)])[0]
        read = result["decode_tokens_per_s"] * (result["weight_bytes"] + cache_bytes(options, tokens))
        share = f"{read / 1e9 / limit:.0%}" if limit else ""
        print(f"| {tokens} | {tokens / result['prefill_tokens_per_s']:.2f} | {result['prefill_tokens_per_s']:.0f} "
              f"| {result['decode_tokens_per_s']:.1f} | {read / 1e9:.1f} | {share} | {result['peak_rss_bytes'] / 1e6:.0f} |",
              flush=True)


def company(options):
    def decode(threads):
        return bench(options, threads, CONTEXT, options.decode)

    alone = {threads: run([decode(threads)])[0]["decode_tokens_per_s"] for threads in (1, options.threads)}
    together = run([decode(options.threads), decode(options.threads)])
    neighbour = multiprocessing.Process(target=busy, daemon=True)
    neighbour.start()
    beside = {threads: run([decode(threads)])[0]["decode_tokens_per_s"] for threads in (1, options.threads)}
    neighbour.terminate()
    many = run([decode(8 * options.threads)])[0]["decode_tokens_per_s"]
    rates = [result["decode_tokens_per_s"] for result in together]
    print("\n| decoding | tokens/s |\n|---|---|")
    print(f"| alone, 1 thread | {alone[1]:.1f} |")
    print(f"| alone, {options.threads} threads | {alone[options.threads]:.1f} |")
    print(f"| two programs at once, {options.threads} threads each | {' and '.join(f'{rate:.1f}' for rate in rates)} |")
    print(f"| beside a busy process, 1 thread | {beside[1]:.1f} |")
    print(f"| beside a busy process, {options.threads} threads | {beside[options.threads]:.1f} |")
    print(f"| {8 * options.threads} threads | {many:.1f} |")


def first_token(options):
    """Of `first_token_s`, which counts from the start of the process; the file is in the page cache."""
    results = [run([bench(options, options.threads, 1, 1, repeat=1)])[0] for _ in range(5)]
    print(f"\nFirst token after a prompt of 8: {min(result['first_token_s'] for result in results):.3f} s after the start of "
          "the process, best of 5.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--easydel", default="build/easydel")
    parser.add_argument("--roofline", help="the roofline program; without it shares are left out")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--contexts", type=int, nargs="+", default=[512, 4096, 16384])
    parser.add_argument("--decode", type=int, default=32)
    options = parser.parse_args()
    contexts(options)
    company(options)
    first_token(options)


if __name__ == "__main__":
    main()
