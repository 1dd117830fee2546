"""Makes the golden files of this folder with the real packages: safetensors, torch and huggingface_hub.

    python tests/golden/io/make.py

Versions go to VERSION. Every file is tiny; the C++ tests need no Python.
"""

import io
import json
import os
import pathlib
import pickle
import shutil
import struct
import zipfile
from collections import OrderedDict

import huggingface_hub
import safetensors
import torch
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent


def ramp(shape, dtype, start=0):
    count = int(torch.tensor(shape).prod()) if shape else 1
    values = torch.arange(start, start + count, dtype=torch.float64) * 0.5 - 2
    if dtype == torch.bool:
        values = (torch.arange(count) % 3) == 0
    elif not dtype.is_floating_point:
        values = torch.arange(count) % 100 + start
    return values.to(dtype).reshape(shape)


def every_dtype():
    """Names chosen so that neither insertion nor name order is the file's order."""
    return OrderedDict([
        ("b.f32", ramp((2, 3), torch.float32)),
        ("a.bf16", ramp((4,), torch.bfloat16)),
        ("z.i64", ramp((3,), torch.int64)),
        ("c.f16", ramp((1, 5), torch.float16)),
        ("d.bool", ramp((7,), torch.bool)),
        ("e.u8", ramp((5,), torch.uint8)),
        ("f.i8", ramp((3,), torch.int8)),
        ("g.i32", ramp((2,), torch.int32)),
        ("g.u32", ramp((2,), torch.uint32)),
        ("h.f64", ramp((2, 2), torch.float64)),
        ("scalar", torch.tensor(3.25)),
        ("empty", torch.zeros(0, 4)),
        ("a.f32 \u00e9\"\\\t", ramp((1,), torch.float32)),
    ])


def make_safetensors():
    save_file(every_dtype(), HERE / "every_dtype.safetensors", metadata={"format": "pt"})
    save_file({"a": ramp((2,), torch.float32)}, HERE / "no_metadata.safetensors")


def make_shards():
    """A save in three shards, laid out by huggingface_hub, with the index text of Transformers."""
    folder = HERE / "sharded"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    sizes = {"embed.weight": (6, 4), "layers.0.weight": (4, 4), "layers.1.weight": (4, 4), "norm.weight": (4,),
             "big.weight": (20, 4), "head.bias": (3,)}
    tensors = {name: ramp(shape, torch.float32, start) for start, (name, shape) in enumerate(sizes.items())}
    split = split_torch_state_dict_into_shards(
        tensors, filename_pattern="model{suffix}.safetensors", max_shard_size=200)
    for name, members in split.filename_to_tensors.items():
        save_file({member: tensors[member] for member in members}, folder / name, metadata={"format": "pt"})
    parameters = sum(tensor.numel() for tensor in tensors.values())
    index = {"metadata": {"total_parameters": parameters, **split.metadata}, "weight_map": split.tensor_to_filename}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")


def make_torch():
    base = ramp((4, 6), torch.float32)
    tied = ramp((3, 2), torch.float32, 1)
    state = OrderedDict([
        ("f32", ramp((2, 3), torch.float32)),
        ("f16", ramp((5,), torch.float16)),
        ("bf16", ramp((5,), torch.bfloat16)),
        ("f64", ramp((2,), torch.float64)),
        ("i64", ramp((3,), torch.int64)),
        ("i32", ramp((3,), torch.int32)),
        ("i8", ramp((3,), torch.int8)),
        ("u8", ramp((3,), torch.uint8)),
        ("bool", ramp((4,), torch.bool)),
        ("scalar", torch.tensor(3.25)),
        ("empty", torch.zeros(0, 4)),
        ("transposed", base.t()),
        ("row", base[2]),
        ("column", base[:, 1]),
        ("expanded", torch.tensor([1.5, 2.5]).expand(3, 2)),
        ("tied.a", tied),
        ("tied.b", tied),
        ("parameter", torch.nn.Parameter(ramp((2, 2), torch.float32, 3))),
    ])
    torch.save(state, HERE / "state.bin")
    torch.save({"state_dict": {"weight": ramp((2,), torch.float32)}, "epoch": 3}, HERE / "nested.bin")
    torch.save({"weight": ramp((2,), torch.float32)}, HERE / "legacy.bin", _use_new_zipfile_serialization=False)
    module = torch.nn.Linear(2, 2)
    torch.save(module, HERE / "module.bin")
    expected = {name: tensor.detach().double().reshape(-1).tolist() for name, tensor in state.items()}
    shapes = {name: list(tensor.shape) for name, tensor in state.items()}
    (HERE / "state.golden.json").write_text(json.dumps({"shapes": shapes, "values": expected}, indent=1) + "\n")


class Reduce:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def archive(name, payload, compression=zipfile.ZIP_STORED):
    """A torch-like zip with `payload` as its pickle and one storage of 16 bytes."""
    with zipfile.ZipFile(HERE / "hostile" / name, "w", compression) as out:
        out.writestr("archive/data.pkl", payload)
        out.writestr("archive/byteorder", "little")
        out.writestr("archive/data/0", struct.pack("<4f", 1, 2, 3, 4))
        out.writestr("archive/version", "3\n")


def make_hostile():
    shutil.rmtree(HERE / "hostile", ignore_errors=True)
    (HERE / "hostile").mkdir()
    archive("os_system.bin", pickle.dumps({"w": Reduce(os.system, "echo owned")}, protocol=2))
    archive("eval.bin", pickle.dumps(Reduce(eval, "1+1"), protocol=2))
    archive("stack_global.bin", pickle.dumps(Reduce(os.system, "echo owned"), protocol=4))
    archive("inst.bin", b"(S'echo owned'\nios\nsystem\n.")
    archive("huge_memo.bin", b"\x80\x02}r\xff\xff\xff\xff.")
    archive("unknown_memo.bin", b"\x80\x02h\x07.")
    archive("deep.bin", b"\x80\x02" + b"(" * 200000 + b"t" * 200000 + b".")
    archive("deep_lists.bin", b"\x80\x02" + b"]" * 200000 + b"a" * 199999 + b".")
    archive("recursive.bin", b"\x80\x02]q\x00h\x00a.")
    archive("recursive_dict.bin", b"\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.")
    archive("truncated.bin", b"\x80\x02}q\x00X\xff\x00\x00\x00a")
    archive("no_stop.bin", b"\x80\x02}")
    archive("underflow.bin", b"\x80\x02s.")
    archive("compressed.bin", pickle.dumps({}, protocol=2) + b"N" * 100, zipfile.ZIP_DEFLATED)
    tensor = (b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage"
              b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ%s(%st(%st\x89"
              b"ccollections\nOrderedDict\n)RtRs.")
    archive("fine.bin", tensor % (b"K\x00", b"K\x02K\x02", b"K\x02K\x01"))
    archive("past_storage.bin", tensor % (b"K\x01", b"K\x02K\x02", b"K\x02K\x01"))
    archive("huge_stride.bin", tensor % (b"K\x00", b"K\x02K\x02", b"\x8a\x08" + b"\xff" * 7 + b"\x7fK\x01"))
    archive("negative_stride.bin", tensor % (b"K\x00", b"K\x02K\x02", b"J\xff\xff\xff\xffK\x01"))
    archive("negative_offset.bin", tensor % (b"J\xff\xff\xff\xff", b"K\x02K\x02", b"K\x02K\x01"))
    archive("huge_size.bin", tensor % (b"K\x00", b"\x8a\x08" + b"\xff" * 7 + b"\x7fK\x02", b"K\x02K\x01"))
    whole = (HERE / "state.bin").read_bytes()
    (HERE / "hostile" / "cut.bin").write_bytes(whole[:-40])
    (HERE / "hostile" / "half.bin").write_bytes(whole[: len(whole) // 2])


if __name__ == "__main__":
    torch.manual_seed(0)
    make_safetensors()
    make_shards()
    make_torch()
    make_hostile()
    (HERE / "VERSION").write_text(
        f"safetensors {safetensors.__version__}\ntorch {torch.__version__}\n"
        f"huggingface_hub {huggingface_hub.__version__}\nseed 0\n")
