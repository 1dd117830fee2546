"""Compares `easydel bench` with llama.cpp on the same weights and prints a Markdown table.

    python compare_llamacpp.py --easydel build/easydel --roofline build-bench/benchmarks/roofline

Makes random models of SmolLM2-135M's shape (make_model.py), then times the two programs in turn, so that a busy
spell of the machine hits both, and takes medians. Shares of the roofline: decoding against the weight bytes that
memory can deliver, prefill against the multiply-adds that the cores can do. Needs what peer_llamacpp.py needs.
"""

import argparse
import datetime
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

CONTEXT = 8  # tokens before the first decoded one
HERE = pathlib.Path(__file__).parent


def run_json(command):
    """The last line of a program's output, as JSON."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{result.stderr}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown CPU"


def read_roofline(program, threads):
    """{threads: {"read": bytes/s, "f32": multiply-adds/s, "bf16": multiply-adds/s}}"""
    if program is None:
        return {}
    output = subprocess.run([program, str(max(threads))], capture_output=True, text=True, check=True).stdout
    limits = {}
    for line in output.splitlines()[1:]:
        count, read, avx2, avx512, bf16 = map(float, line.split())
        f32 = max(avx2, avx512) * 1e9
        limits[int(count)] = {"read": read * 1e9, "f32": f32, "bf16": max(f32, bf16 * 1e9)}
    return limits


def weight_numbers(config):
    """(numbers read per decoded token, multiply-adds per prefilled token): the embedding is read as the head."""
    hidden, ffn, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    kv = hidden // config["num_attention_heads"] * config["num_key_value_heads"]
    body = layers * (2 * hidden * hidden + 2 * hidden * kv + 3 * hidden * ffn)
    return body + hidden * config["vocab_size"], body


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--easydel", default="build/easydel")
    parser.add_argument("--roofline", help="the roofline program; without it the shares are left out")
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()))
    parser.add_argument("--dtypes", nargs="+", default=["f32", "bf16"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--decode", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=pathlib.Path, help="also write the numbers as JSON")
    options = parser.parse_args()

    limits = read_roofline(options.roofline, options.threads)
    common = ["--repeat", 3]
    rows = []
    for dtype in options.dtypes:
        model = options.models / f"smol-135m-{dtype}"
        if not (model / "config.json").exists():
            subprocess.run([sys.executable, HERE / "make_model.py", model, "--dtype", dtype], check=True)
        numbers, body = weight_numbers(json.loads((model / "config.json").read_text()))
        for threads in options.threads:
            ours = [options.easydel, "bench", model, *common, "--threads", threads, "--dtype", dtype, "--json"]
            peer = [sys.executable, HERE / "peer_llamacpp.py", model, *common, "--threads", threads,
                    "--dtype", dtype, "--cache", options.models, "--prefill", options.prefill,
                    "--decode", options.decode, "--context", CONTEXT]
            sides = {"easydel": [], "llama.cpp": []}
            for _ in range(options.rounds):
                prefill = run_json([*ours, "--prefill", options.prefill, "--decode", 0])
                decode = run_json([*ours, "--prefill", CONTEXT, "--decode", options.decode])
                sides["easydel"].append({**decode, "prefill_tokens_per_s": prefill["prefill_tokens_per_s"]})
                sides["llama.cpp"].append(run_json(peer))
            row = {"dtype": dtype, "threads": threads}
            for side, results in sides.items():
                for phase in ("prefill", "decode"):
                    row[f"{side} {phase}"] = statistics.median(r[f"{phase}_tokens_per_s"] for r in results)
            if threads in limits:
                bytes_per_token = numbers * (4 if dtype == "f32" else 2)
                row["memory share"] = row["easydel decode"] * bytes_per_token / limits[threads]["read"]
                row["multiply-add share"] = row["easydel prefill"] * body / limits[threads][dtype]
            rows.append(row)
            print(json.dumps(row), file=sys.stderr)

    print(f"{cpu_name()}, {datetime.date.today()}, {options.rounds} rounds\n")
    print(f"| dtype | threads | prefill {options.prefill}: easydel | llama.cpp | ratio | of multiply-add peak "
          f"| decode {options.decode}: easydel | llama.cpp | ratio | of memory peak |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        cells = [row["dtype"], row["threads"]]
        for phase, share in (("prefill", "multiply-add share"), ("decode", "memory share")):
            mine, theirs = row[f"easydel {phase}"], row[f"llama.cpp {phase}"]
            cells += [f"{mine:.1f}", f"{theirs:.1f}", f"{mine / theirs:.2f}"]
            cells.append(f"{row[share]:.0%}" if share in row else "")
        print("| " + " | ".join(map(str, cells)) + " |")
    if options.output:
        options.output.write_text(json.dumps({"cpu": cpu_name(), "limits": limits, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
