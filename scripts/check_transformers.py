#!/usr/bin/env python3
"""Checks that Transformers loads what `easydel convert` writes: no key missing, unexpected or mismatched, every bit kept.

Converts each model of tests/golden/models and the shipped one to a single file, to shards and to f32, loads the results
with the class that their config.json names, and compares weights, configuration and, where there is one, the tokenizer with the source's.

    scripts/check_transformers.py                                    # needs torch, transformers and build/easydel
    scripts/check_transformers.py --easydel build-dev/easydel qwen3  # another program; models whose names hold "qwen3"
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAYOUTS = {
    "one file": [],
    "shards": ["--max-shard-bytes", "16000"],
    "f32": ["--dtype", "f32"],
}
# What a saved configuration may say differently: the folder it came from, and the dtype that was asked for.
OWN_KEYS = ("_name_or_path", "dtype")


def sources(parts):
    """The model folders whose names hold one of `parts`; all without."""
    cases = sorted(path.parent for path in (ROOT / "tests/golden/models").glob("*/config.json"))
    folders = [*cases, ROOT / "data/tiny-shakespeare"]
    return [folder for folder in folders if not parts or any(part in folder.name for part in parts)]


def convert(easydel, source, target, options):
    result = subprocess.run([easydel, "convert", source, target, "--format", "hf", "--quiet", *options],
                            capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"convert failed: {result.stderr.strip()}")


def bits(tensor):
    return tensor.contiguous().view(torch.uint8)


def weight_problems(source, target, dtype):
    """What differs between the models that Transformers makes of the source and of the target."""
    model_class = getattr(transformers, json.loads((source / "config.json").read_text())["architectures"][0])
    model, info = model_class.from_pretrained(target, dtype="auto", output_loading_info=True)
    for kind, keys in info.items():
        if keys:
            yield f"{kind}: {keys}"
    stored = model_class.from_pretrained(source, dtype="auto").state_dict()
    loaded = model.state_dict()
    for name, tensor in stored.items():
        wanted = tensor.to(dtype) if dtype else tensor
        if name not in loaded:
            yield f"{name} is not a weight of the model"
        elif loaded[name].dtype != wanted.dtype or loaded[name].shape != wanted.shape:
            yield f"{name} is {loaded[name].dtype} {list(loaded[name].shape)}, not {wanted.dtype} {list(wanted.shape)}"
        elif not torch.equal(bits(loaded[name]), bits(wanted)):
            yield f"{name} differs"
    for name in loaded.keys() - stored.keys():
        yield f"{name} is not a weight of the source"


def config_problems(source, target):
    for kind in (transformers.AutoConfig, transformers.GenerationConfig):
        if kind is transformers.GenerationConfig and not (source / "generation_config.json").exists():
            continue
        before, after = (kind.from_pretrained(folder).to_dict() for folder in (source, target))
        for key in sorted(before.keys() | after.keys()):
            if key not in OWN_KEYS and before.get(key) != after.get(key):
                yield f"{kind.__name__}: {key} is {after.get(key)!r}, was {before.get(key)!r}"


def tokenizer_problems(source, target):
    if not (source / "tokenizer.json").exists():
        return
    text = "ROMEO:\nWhat light through yonder window breaks? <|endoftext|>"
    before, after = (transformers.AutoTokenizer.from_pretrained(folder)(text).input_ids for folder in (source, target))
    if before != after:
        yield f"the tokenizer gives {after}, not {before}"


def layout_problems(target, layout):
    shards = list(target.glob("model-*-of-*.safetensors"))
    if (len(shards) > 1) != (layout == "shards") or (target / "model.safetensors").exists() == (layout == "shards"):
        yield f"the weights lie in {sorted(path.name for path in target.glob('*.safetensors'))}"


def check(easydel, source, layout, options):
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "model"
        try:
            convert(easydel, source, target, options)
            return [
                *layout_problems(target, layout),
                *weight_problems(source, target, torch.float32 if layout == "f32" else None),
                *config_problems(source, target),
                *tokenizer_problems(source, target),
            ]
        except (OSError, RuntimeError, ValueError) as error:
            return [str(error)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--easydel", default=ROOT / "build/easydel", help="the program (default: build/easydel)")
    parser.add_argument("part", nargs="*", help="only models whose names hold one of these")
    arguments = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    folders = sources(arguments.part)
    if not folders:
        sys.exit(f"check_transformers: no model's name holds {' or '.join(arguments.part)}")
    failures = 0
    for source in folders:
        for layout, options in LAYOUTS.items():
            problems = check(arguments.easydel, source, layout, options)
            for problem in problems:
                print(f"{source.name}, {layout}: {problem}")
            failures += bool(problems)
    total = len(folders) * len(LAYOUTS)
    print(f"check_transformers: {total - failures} of {total} conversions load without a difference "
          f"(transformers {transformers.__version__})")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
