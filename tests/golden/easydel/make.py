#!/usr/bin/env python3
"""Writes expected.json: what the files beside it hold, by readers that are not easydel's.

llama_safe/, llama_msgpack/ and st.easy were written by EasyDeL itself (8170ce7f, 2024-07-14): a random Llama of two layers saved with
safe=True, the same in bfloat16 with safe=False, and its EasyDeLState after one step of AdamW. The streams are read with
the msgpack package, and every document again with Flax, which must agree.

    tests/golden/easydel/make.py      # needs numpy, msgpack, flax, ml_dtypes and safetensors
"""
import hashlib
import json
import pathlib

import flax.serialization
import ml_dtypes  # registers bfloat16
import msgpack
import numpy as np
import safetensors.numpy

FOLDER = pathlib.Path(__file__).resolve().parent


def read_array(payload):
    shape, dtype, data = msgpack.unpackb(payload)
    dtype = ml_dtypes.bfloat16 if dtype == "bfloat16" else np.dtype(dtype)
    return np.frombuffer(data, dtype).reshape(shape)


def read_extension(code, payload):
    assert code in (1, 3), code
    return read_array(payload)


def read_stream(path):
    leaves = {}
    with open(path, "rb") as file:
        for key, document in msgpack.Unpacker(file, max_buffer_size=0):
            value = msgpack.unpackb(document, ext_hook=read_extension)
            again = flax.serialization.msgpack_restore(document)
            assert type(again) is type(value) and np.array_equal(again, value), key
            leaves[tuple(key)] = value
    return leaves


def describe(value):
    if not isinstance(value, np.ndarray):
        return {"value": value}
    return {"dtype": value.dtype.name, "shape": value.shape, "sha256": hashlib.sha256(value.tobytes()).hexdigest()}


def main():
    safe = safetensors.numpy.load_file(FOLDER / "llama_safe/easydel-model.parameters")
    expected = {
        "llama_safe": {name: describe(value) for name, value in safe.items()},
        "llama_msgpack": {".".join(path): describe(value)
                          for path, value in read_stream(FOLDER / "llama_msgpack/easydel-model.parameters").items()},
        # Keys of settings hold dots, so paths are kept apart there.
        "st.easy": [[path, describe(value)] for path, value in read_stream(FOLDER / "st.easy").items()],
    }
    lines = json.dumps(expected, sort_keys=True).replace("}, ", "},\n")
    (FOLDER / "expected.json").write_text(lines + "\n")


if __name__ == "__main__":
    main()
