"""Compares `easydel bench` with llama.cpp on the same weights and prints a Markdown table.

    python compare_llamacpp.py --easydel build/easydel --roofline build-bench/benchmarks/roofline

Makes models of random weights (make_model.py) and quantizes them: int8 stands against Q8_0 and int4 against Q4_0, all
matrices alike on both sides, 8.5 and 4.5 bits a weight. Then times decoding, prefilling and decoding of a batch, the two
programs in turn, so that a busy spell of the machine hits both, and takes medians. Both files are dropped from the page cache
before, so that each program's own way of reading brings them back. Shares are of what memory can be read at in the same rounds, for
decoding one sequence. Needs what peer_llamacpp.py needs.
"""

import argparse
import datetime
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from page_cache import settle
from shapes import SHAPES, weight_numbers

CONTEXT = 8  # tokens before the first decoded one
HERE = pathlib.Path(__file__).parent
# Of easydel's types: the dtype of the model it is made from, and llama.cpp's type.
TYPES = {"f32": ("f32", "f32"), "bf16": ("bf16", "bf16"), "int8": ("bf16", "q8_0"), "int4": ("bf16", "q4_0")}
PHASES = ("decode", "prefill", "batch")


class Failure(Exception):
    """A program that ended badly."""


def run_json(command):
    """The last line of a program's output, as JSON."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))} ended with {result.returncode}:\n{result.stderr}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def cpu_name():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", text)
    return (name.group(1) if name else "unknown CPU") + (" with AMX" if "amx_tile" in text else "")


def read_limits(program, threads):
    """Bytes per second of reading memory, and multiply-adds per second by their kind; {} without the roofline program."""
    if program is None:
        return {}
    output = subprocess.run([program, str(threads)], capture_output=True, text=True, check=True).stdout
    for line in output.splitlines()[1:]:
        count, read, avx2, avx512, bf16, byte, tiles = map(float, line.split())
        if int(count) == threads:
            peaks = {"f32": max(avx2, avx512), "bf16 dot": bf16, "byte dot": byte, "bf16 tiles": tiles}
            return {"memory GB/s": read, "peaks GMAC/s": {kind: peak for kind, peak in peaks.items() if peak > 0}}
    raise SystemExit(f"{program} did not measure {threads} threads")


def model_of(options, shape, kind):
    """The directory of easydel's model, and of the one that llama.cpp's is made from."""
    dtype, _ = TYPES[kind]
    source = options.models / f"{shape}-{dtype}"
    if not (source / "config.json").exists():
        subprocess.run([sys.executable, HERE / "make_model.py", source, "--shape", shape, "--dtype", dtype], check=True)
    if kind == dtype:
        return source, source
    quantized = options.models / f"{shape}-{kind}"
    if not (quantized / "config.json").exists():
        subprocess.run([options.easydel, "convert", source, quantized, "--quantize", kind, "--quantize-params", ".",
                        "--quiet"], check=True)
    return quantized, source


class Sides:
    """Both programs on one model."""

    def __init__(self, options, shape, kind):
        self.options = options
        mine, source = model_of(options, shape, kind)
        self.weights = list(mine.glob("*.safetensors"))
        common = ["--repeat", options.repeat, "--threads", options.threads]
        self.ours = [options.easydel, "bench", mine, *common, "--json", "--quiet"]
        self.peer = [sys.executable, HERE / "peer_llamacpp.py", source, *common, "--dtype", TYPES[kind][1],
                     "--cache", options.models]
        self.notes = set()

    def settle(self):
        """After this, each program's next run reads its weights from disk."""
        for path in [*self.weights, *self.options.models.glob("peer-*.gguf")]:
            settle(path)

    def run(self, phase):
        """{side: JSON} of one round."""
        options = self.options
        rows = options.batch if phase == "batch" else 1
        if phase == "prefill":
            return {"easydel": run_json([*self.ours, "--prefill", options.prefill, "--decode", 0]),
                    "llama.cpp": self.run_peer(["--prefill", options.prefill, "--decode", 0])}
        work = ["--decode", options.decode, "--batch", rows]
        return {"easydel": run_json([*self.ours, "--prefill", CONTEXT, *work]),
                "llama.cpp": self.run_peer(["--prefill", 0, "--context", CONTEXT, *work])}

    def run_peer(self, work):
        try:
            return run_json([*self.peer, *work])
        except Failure:
            if "--no-tiles" in self.peer:
                raise
            self.peer.append("--no-tiles")
            self.notes.add("llama.cpp crashed with AMX and ran without")
            return run_json([*self.peer, *work])


def decode_bytes(report, shape):
    """Weight bytes that a token reads: of an untied embedding it reads one row alone."""
    body, table, tables = weight_numbers(shape)
    return report["weight_bytes"] * (body + table) / (body + tables * table)


def measure(options, shape, kind):
    sides = Sides(options, shape, kind)
    sides.settle()
    row = {"shape": shape, "type": kind, "threads": options.threads}
    for phase in options.phases:
        rounds, limits = [], []
        for _ in range(options.rounds):
            rounds.append(sides.run(phase))
            if phase == "decode":
                limits.append(read_limits(options.roofline, options.threads))
        field = "prefill_tokens_per_s" if phase == "prefill" else "decode_tokens_per_s"
        for side in ("easydel", "llama.cpp"):
            row[f"{phase} {side}"] = statistics.median(result[side][field] for result in rounds)
        report = rounds[0]["easydel"]
        row["peak_rss_bytes"] = report["peak_rss_bytes"]
        row["first_token_s"] = min(result["easydel"]["first_token_s"] for result in rounds)
        if phase == "decode":
            row["read bytes"] = decode_bytes(report, shape)
            row["read GB/s"] = row["decode easydel"] * row["read bytes"] / 1e9
            row["huge pages"] = statistics.median(result["easydel"]["huge_page_bytes"] for result in rounds)
            if options.roofline:
                row["peaks GMAC/s"] = limits[-1]["peaks GMAC/s"]
                row["memory GB/s"] = statistics.median(limit["memory GB/s"] for limit in limits)
                row["memory share"] = row["read GB/s"] / row["memory GB/s"]
    row["notes"] = sorted(sides.notes)
    print(json.dumps(row), file=sys.stderr)
    return row


def print_table(options, rows):
    titles = {"decode": "decode", "prefill": f"prefill {options.prefill}", "batch": f"decode, batch {options.batch}"}
    print(f"{cpu_name()}, {datetime.date.today()}, {options.threads} threads, {options.rounds} rounds\n")
    columns = ["shape", "type"]
    for phase in options.phases:
        columns += [f"{titles[phase]}: easydel", "llama.cpp", "ratio"]
        if phase == "decode":
            columns.append("of memory's limit")
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    for row in rows:
        cells = [row["shape"], row["type"]]
        for phase in options.phases:
            mine, theirs = row[f"{phase} easydel"], row[f"{phase} llama.cpp"]
            cells += [f"{mine:.1f}", f"{theirs:.1f}", f"{mine / theirs:.2f}"]
            if phase == "decode":
                cells.append(f"{row['memory share']:.0%}" if "memory share" in row else "")
        print("| " + " | ".join(cells) + " |")
    for note in sorted({note for row in rows for note in row["notes"]}):
        print(f"\n{note}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--easydel", default="build/easydel")
    parser.add_argument("--roofline", help="the roofline program; without it the shares are left out")
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "models")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--types", nargs="+", choices=TYPES, default=list(TYPES))
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=PHASES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--decode", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=3, help="of each program in a round, which takes their median")
    parser.add_argument("--output", type=pathlib.Path, help="also write the numbers as JSON")
    options = parser.parse_args()

    try:
        rows = [measure(options, shape, kind) for shape in options.shapes for kind in options.types]
    except Failure as failure:
        raise SystemExit(str(failure)) from failure
    print_table(options, rows)
    if options.output:
        report = {"cpu": cpu_name(), "date": str(datetime.date.today()), "rounds": options.rounds, "rows": rows}
        options.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
