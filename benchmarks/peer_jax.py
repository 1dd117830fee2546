"""Times JAX on a Hugging Face Llama directory: the same weights and the same work as `easydel bench`.

    python peer_jax.py MODEL_DIRECTORY --prefill 512 --decode 64 --repeat 5

The forward pass is written as JAX users write it: one jitted step with unrolled layers, the cache donated, the token
chosen on the device. Prints one line of JSON with medians, and the first greedy tokens after the prompt 1, 2, 3, ...,
which must be those of the other side. Needs jax, numpy and safetensors.
"""

import argparse
import functools
import json
import os
import pathlib
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import jax
import jax.numpy as jnp
import numpy as np
from safetensors import safe_open

CACHE_STEP = 256  # easydel's caches come in multiples of this


def load(folder, dtype):
    weights = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="flax") as file:
            for name in file.keys():
                weights[name] = file.get_tensor(name).astype(dtype)
    return weights


def linear(x, weight):
    """x [..., in] times a stored weight [out, in]."""
    return jax.lax.dot_general(x, weight, (((x.ndim - 1,), (1,)), ((), ())), preferred_element_type=x.dtype)


def rms_norm(x, weight, epsilon):
    y = x.astype(jnp.float32)
    y = y * jax.lax.rsqrt(jnp.mean(y * y, -1, keepdims=True) + epsilon)
    return weight * y.astype(x.dtype)


def rotate(x, cos, sin):
    first, second = jnp.split(x, 2, -1)
    return x * cos + jnp.concatenate([-second, first], -1) * sin


def make_step(config):
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    dim = config.get("head_dim") or config["hidden_size"] // heads
    theta = config.get("rope_theta") or config["rope_parameters"]["rope_theta"]
    frequencies = theta ** (-np.arange(0, dim, 2) / dim)
    epsilon = config["rms_norm_eps"]

    @functools.partial(jax.jit, donate_argnums=1)
    def step(weights, cache, ids, offset):
        """ids i32 [batch, seq] behind `offset` cached positions -> next ids i32 [batch], the cache."""
        batch, seq = ids.shape
        x = weights["model.embed_tokens.weight"][ids]
        positions = offset + jnp.arange(seq)
        angles = (positions[:, None] * frequencies).astype(jnp.float32)
        angles = jnp.concatenate([angles, angles], -1)[None, :, None, :]
        cos, sin = jnp.cos(angles).astype(x.dtype), jnp.sin(angles).astype(x.dtype)
        visible = jnp.arange(cache[0][0].shape[1])[None, :] <= positions[:, None]
        updated = []
        for layer, (keys, values) in enumerate(cache):
            weight = lambda name: weights[f"model.layers.{layer}.{name}.weight"]
            h = rms_norm(x, weight("input_layernorm"), epsilon)
            query = rotate(linear(h, weight("self_attn.q_proj")).reshape(batch, seq, heads, dim), cos, sin)
            key = rotate(linear(h, weight("self_attn.k_proj")).reshape(batch, seq, kv_heads, dim), cos, sin)
            value = linear(h, weight("self_attn.v_proj")).reshape(batch, seq, kv_heads, dim)
            keys = jax.lax.dynamic_update_slice(keys, key, (0, offset, 0, 0))
            values = jax.lax.dynamic_update_slice(values, value, (0, offset, 0, 0))
            updated.append((keys, values))
            query = query.reshape(batch, seq, kv_heads, heads // kv_heads, dim)
            scores = jnp.einsum("bsghd,btgd->bghst", query, keys).astype(jnp.float32) * dim**-0.5
            weights_of_keys = jax.nn.softmax(jnp.where(visible, scores, -1e30), -1).astype(x.dtype)
            mixed = jnp.einsum("bghst,btgd->bsghd", weights_of_keys, values).reshape(batch, seq, heads * dim)
            x = x + linear(mixed, weight("self_attn.o_proj"))
            h = rms_norm(x, weight("post_attention_layernorm"), epsilon)
            x = x + linear(jax.nn.silu(linear(h, weight("mlp.gate_proj"))) * linear(h, weight("mlp.up_proj")),
                           weight("mlp.down_proj"))
        x = rms_norm(x[:, -1], weights["model.norm.weight"], epsilon)
        head = weights.get("lm_head.weight", weights["model.embed_tokens.weight"])
        return jnp.argmax(linear(x, head), -1).astype(jnp.int32), updated

    def make_cache(batch, positions, dtype):
        length = -(-positions // CACHE_STEP) * CACHE_STEP
        empty = lambda: jnp.zeros((batch, length, kv_heads, dim), dtype)
        return [(empty(), empty()) for _ in range(config["num_hidden_layers"])]

    return step, make_cache


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--decode", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()

    dtype = {"f32": jnp.float32, "bf16": jnp.bfloat16}[options.dtype]
    step, make_cache = make_step(json.loads((options.model / "config.json").read_text()))
    weights = load(options.model, dtype)

    def generate(prompt, new_tokens):
        """Ids, seconds of the prompt, seconds of all tokens after the first."""
        cache = make_cache(1, len(prompt) + new_tokens, dtype)
        jax.block_until_ready((weights, cache))
        start = time.perf_counter()
        ids, cache = step(weights, cache, jnp.asarray([prompt], jnp.int32), 0)
        tokens = [int(ids[0])]
        prefilled = time.perf_counter()
        for position in range(len(prompt), len(prompt) + new_tokens - 1):
            ids, cache = step(weights, cache, ids[:, None], position)
            tokens.append(int(ids[0]))  # as a program does that prints its text
        return tokens, prefilled - start, time.perf_counter() - prefilled

    prompt = list(range(1, options.prefill + 1))
    generate(prompt, options.decode + 1)  # compiles
    prefill, decode = [], []
    for _ in range(options.repeat):
        tokens, prompt_seconds, token_seconds = generate(prompt, options.decode + 1)
        prefill.append(options.prefill / prompt_seconds)
        decode.append(options.decode / token_seconds)
    print(json.dumps({"engine": f"jax {jax.__version__} {jax.default_backend()}",
                      "ids": tokens,
                      "prefill_tokens_per_s": statistics.median(prefill),
                      "decode_tokens_per_s": statistics.median(decode)}))


if __name__ == "__main__":
    main()
