"""Writes a Llama of random weights, for timing: no download, the same bytes every time.

    python make_model.py /tmp/smol-bf16 --dtype bf16            # SmolLM2-135M's shape
    python make_model.py /tmp/tiny-1b --shape tinyllama-1.1b    # TinyLlama's
    python make_model.py /tmp/tiny --dtype f32 --layers 2 --vocab 512

Needs numpy and safetensors.
"""

import argparse
import json
import pathlib

import numpy as np
from safetensors.numpy import save_file

from page_cache import settle
from shapes import SHAPES


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--dtype", choices=["f32", "f16", "bf16"], default="bf16")
    parser.add_argument("--shape", choices=SHAPES, default="smollm2-135m")
    for name in ("hidden", "layers", "heads", "kv-heads", "ffn", "vocab"):
        parser.add_argument(f"--{name}", type=int, help="in place of the shape's")
    parser.add_argument("--context", type=int, default=32768)
    options = parser.parse_args()
    for name, value in SHAPES[options.shape].items():
        if getattr(options, name, None) is None:
            setattr(options, name, value)
    return options


def config_of(options):
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": options.hidden,
        "num_hidden_layers": options.layers,
        "num_attention_heads": options.heads,
        "num_key_value_heads": options.kv_heads,
        "intermediate_size": options.ffn,
        "vocab_size": options.vocab,
        "max_position_embeddings": options.context,
        "rms_norm_eps": 1e-5,
        "rope_theta": 100000.0,
        "hidden_act": "silu",
        "tie_word_embeddings": options.tied,
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "torch_dtype": {"f32": "float32", "f16": "float16", "bf16": "bfloat16"}[options.dtype],
    }


def shapes_of(options):
    head_dim = options.hidden // options.heads
    yield "model.embed_tokens.weight", (options.vocab, options.hidden)
    for layer in range(options.layers):
        prefix = f"model.layers.{layer}."
        yield prefix + "input_layernorm.weight", (options.hidden,)
        yield prefix + "self_attn.q_proj.weight", (options.heads * head_dim, options.hidden)
        yield prefix + "self_attn.k_proj.weight", (options.kv_heads * head_dim, options.hidden)
        yield prefix + "self_attn.v_proj.weight", (options.kv_heads * head_dim, options.hidden)
        yield prefix + "self_attn.o_proj.weight", (options.hidden, options.heads * head_dim)
        yield prefix + "post_attention_layernorm.weight", (options.hidden,)
        yield prefix + "mlp.gate_proj.weight", (options.ffn, options.hidden)
        yield prefix + "mlp.up_proj.weight", (options.ffn, options.hidden)
        yield prefix + "mlp.down_proj.weight", (options.hidden, options.ffn)
    yield "model.norm.weight", (options.hidden,)
    if not options.tied:
        yield "lm_head.weight", (options.vocab, options.hidden)


def to_bf16_bits(values):
    """The upper halves of the floats' bits, rounded to nearest even."""
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def write_bf16(tensors, path):
    """safetensors.numpy has no bfloat16, so this writes the format itself: header length, header, bytes."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, values in tensors.items():
        size = values.size * 2
        header[name] = {"dtype": "BF16", "shape": list(values.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for values in tensors.values():
            file.write(to_bf16_bits(values).tobytes())


def main():
    options = parse_arguments()
    options.directory.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    tensors = {}
    for name, shape in shapes_of(options):
        if name.endswith("norm.weight"):
            tensors[name] = np.ones(shape, np.float32)
        else:
            tensors[name] = generator.standard_normal(shape, np.float32) * np.float32(0.04)
    path = options.directory / "model.safetensors"
    if options.dtype == "bf16":
        write_bf16(tensors, path)
    else:
        kind = {"f32": np.float32, "f16": np.float16}[options.dtype]
        save_file({name: values.astype(kind) for name, values in tensors.items()}, path, {"format": "pt"})
    settle(path)
    (options.directory / "config.json").write_text(json.dumps(config_of(options), indent=2) + "\n")


if __name__ == "__main__":
    main()
