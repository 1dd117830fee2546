"""Golden data of the quantized formats: GGUF's from the gguf package, e4m3fn from torch, nf4 from its definition.

    python tests/golden/quantization/make.py   # writes formats.safetensors and shipped.json beside this file

formats.safetensors has, for each GGUF format, random blocks and the weights they stand for; weights, with gguf's root mean
square error in each format that the package encodes; the numbers of all e4m3fn codes; nf4's table.
shipped.json has the mean KL divergence of the shipped model with gguf's own Q4_0 (embeddings in Q8_0) from the f32 model,
over the tokens of tests/golden/models/tiny-shakespeare. Made with gguf 0.19.0, torch 2.15.0, transformers 5.23.0, seed 0.
"""
import json
import pathlib
from statistics import NormalDist

import numpy as np
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize, quantize
from safetensors.numpy import save_file
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
# Where each format has f16 numbers, in bytes from the block's begin.
HALVES = {"q8_0": [0], "q4_0": [0], "q4_1": [0, 2], "q5_0": [0], "q5_1": [0, 2], "q4_k": [0, 2], "q5_k": [0, 2], "q6_k": [208]}
ENCODED = ["q8_0", "q4_0", "q4_1", "q5_0", "q5_1"]
rng = np.random.default_rng(0)
tensors = {}


def type_of(name):
    return getattr(Type, name.upper())


def random_blocks(name, rows, blocks):
    size, item_bytes = GGML_QUANT_SIZES[type_of(name)]
    data = rng.integers(0, 256, (rows, blocks, item_bytes), dtype=np.uint8)
    for at in HALVES[name]:  # some of them below f16's normal numbers
        halves = (rng.standard_normal((rows, blocks)) * 10.0 ** rng.integers(-7, 1, (rows, blocks))).astype(np.float16)
        data[..., at : at + 2] = halves[..., None].view(np.uint8).reshape(rows, blocks, 2)
    return data.reshape(rows, -1)


for name in HALVES:
    data = random_blocks(name, 2, 4)
    tensors[name + ".blocks"] = data
    tensors[name + ".weights"] = dequantize(data, type_of(name))

weights = rng.standard_normal((12, 512)).astype(np.float32) * 0.02
weights[rng.random(weights.shape) < 0.01] *= 6  # features that stand out
tensors["weights"] = weights
for name in ENCODED:
    decoded = dequantize(quantize(weights, type_of(name)), type_of(name))
    tensors[name + ".error"] = np.sqrt(np.mean((decoded - weights) ** 2, keepdims=True)).reshape(1).astype(np.float32)

tensors["e4m3fn"] = torch.arange(256, dtype=torch.uint8).view(torch.float8_e4m3fn).float().numpy()

# QLoRA: quantiles of N(0, 1), 8 above zero and 7 below, and zero, divided by the greatest.
offset = 1 - (1 / 32 + 1 / 30) / 2
above = [NormalDist().inv_cdf(p) for p in np.linspace(offset, 0.5, 9)[:-1]]
below = [-NormalDist().inv_cdf(p) for p in np.linspace(offset, 0.5, 8)[:-1]]
table = np.array(sorted(above + [0.0] + below))
tensors["nf4"] = (table / np.abs(table).max()).astype(np.float32)
save_file(tensors, HERE / "formats.safetensors")

SHIPPED = ROOT / "data/tiny-shakespeare"
model = AutoModelForCausalLM.from_pretrained(SHIPPED, dtype=torch.float32).eval()
tokens = load_file(ROOT / "tests/golden/models/tiny-shakespeare/golden.safetensors")["tokens"].long()
with torch.no_grad():
    exact = torch.log_softmax(model(tokens).logits.double(), -1)
    for name, parameter in model.named_parameters():
        if parameter.ndim == 2:
            kind = Type.Q8_0 if "embed" in name else Type.Q4_0
            parameter.copy_(torch.from_numpy(dequantize(quantize(parameter.numpy(), kind), kind).reshape(parameter.shape).copy()))
    near = torch.log_softmax(model(tokens).logits.double(), -1)
divergence = (exact.exp() * (exact - near)).sum(-1).mean().item()
(HERE / "shipped.json").write_text(json.dumps({"gguf_q4_0_mean_kl": round(divergence, 7)}) + "\n")
