"""Compares `easydel bench --engine pjrt:cpu` with JAX on the same weights and prints a Markdown table.

    python compare_jax.py --easydel build/easydel --models /tmp --dtypes f32

Makes random models of SmolLM2-135M's shape (make_model.py), checks that both sides choose the same greedy tokens (f32),
then times them in turn and takes medians. Needs what peer_jax.py needs.
"""

import argparse
import datetime
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from compare_llamacpp import HERE, cpu_name, run_json


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--easydel", default="build/easydel")
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()))
    parser.add_argument("--dtypes", nargs="+", choices=["f32", "bf16"], default=["f32", "bf16"])
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--decode", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=pathlib.Path, help="also write the numbers as JSON")
    options = parser.parse_args()

    rows = []
    for dtype in options.dtypes:
        model = options.models / f"smol-135m-{dtype}"
        if not (model / "config.json").exists():
            subprocess.run([sys.executable, HERE / "make_model.py", model, "--dtype", dtype], check=True)
        sizes = ["--prefill", options.prefill, "--decode", options.decode]
        ours = [options.easydel, "bench", model, "--engine", "pjrt:cpu", "--dtype", dtype, "--repeat", 3, *sizes,
                "--json", "-q"]
        peer = [sys.executable, HERE / "peer_jax.py", model, "--dtype", dtype, "--repeat", 3, *sizes]
        sides = {"easydel": [], "jax": []}
        for _ in range(options.rounds):
            sides["easydel"].append(run_json(ours))
            sides["jax"].append(run_json(peer))
        if dtype == "f32":
            ids = ",".join(map(str, range(1, options.prefill + 1)))
            mine = run_json([options.easydel, "generate", model, "--engine", "pjrt:cpu", "--dtype", dtype, "--ids",
                             ids, "--greedy", "--ignore-eos", "--max-new-tokens", options.decode + 1, "--json", "-q"])
            if mine["ids"] != sides["jax"][0]["ids"]:
                raise SystemExit(f"the sides compute different things: {mine['ids']} and {sides['jax'][0]['ids']}")
        row = {"dtype": dtype, "peer": sides["jax"][0]["engine"]}
        for side, results in sides.items():
            for phase in ("prefill", "decode"):
                row[f"{side} {phase}"] = statistics.median(r[f"{phase}_tokens_per_s"] for r in results)
        rows.append(row)
        print(json.dumps(row), file=sys.stderr)

    print(f"{cpu_name()}, {datetime.date.today()}, {options.rounds} rounds, {rows[0]['peer']}\n")
    print(f"| dtype | prefill {options.prefill}: easydel on pjrt:cpu | JAX | ratio "
          f"| decode {options.decode}, ms per token: easydel on pjrt:cpu | JAX | time ratio |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        prefill = [row["easydel prefill"], row["jax prefill"]]
        decode = [1000 / row["easydel decode"], 1000 / row["jax decode"]]
        print(f"| {row['dtype']} | {prefill[0]:.1f} | {prefill[1]:.1f} | {prefill[0] / prefill[1]:.2f} "
              f"| {decode[0]:.1f} | {decode[1]:.1f} | {decode[0] / decode[1]:.2f} |")
    if options.output:
        options.output.write_text(json.dumps({"cpu": cpu_name(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
