"""Times llama.cpp on a Hugging Face Llama directory: the same weights and the same work as `easydel bench`.

    python peer_llamacpp.py MODEL_DIRECTORY --dtype bf16 --prefill 512 --decode 64 --threads 2 --repeat 5

Writes a GGUF file of the wanted type into --cache once, then prints one line of JSON with medians. Needs
llama-cpp-python (build it for this CPU: CMAKE_ARGS="-DGGML_NATIVE=ON" pip install llama-cpp-python), gguf, numpy.
"""

import argparse
import ctypes
import hashlib
import json
import os
import pathlib
import statistics
import tempfile
import time

import gguf
import llama_cpp
import numpy as np

from page_cache import settle

TYPES = {
    "f32": gguf.GGMLQuantizationType.F32,
    "bf16": gguf.GGMLQuantizationType.BF16,
    "f16": gguf.GGMLQuantizationType.F16,
    "q8_0": gguf.GGMLQuantizationType.Q8_0,
    "q4_0": gguf.GGMLQuantizationType.Q4_0,
}
LAYER_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
TOP_NAMES = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}


def read_tensors(directory):
    """Yields (name, f32 array) of model.safetensors."""
    with open(directory / "model.safetensors", "rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(header_bytes))
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            file.seek(8 + header_bytes + begin)
            data = file.read(end - begin)
            if entry["dtype"] == "BF16":
                values = (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
            else:
                kind = {"F32": np.float32, "F16": np.float16}[entry["dtype"]]
                values = np.frombuffer(data, kind).astype(np.float32)
            yield name, values.reshape(entry["shape"])


def interleave_heads(values, heads):
    """Hugging Face rotates halves of a head, llama.cpp neighbours: the rows of q and k change places."""
    rows = values.shape[0]
    return values.reshape(heads, 2, rows // heads // 2, -1).swapaxes(1, 2).reshape(values.shape)


def write_gguf(directory, path, dtype):
    config = json.loads((directory / "config.json").read_text())
    heads = config["num_attention_heads"]
    kv_heads = config.get("num_key_value_heads") or heads
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(head_dim)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_rope_freq_base(config.get("rope_theta", 10000.0))
    writer.add_tokenizer_model("no_vocab")
    for name, values in read_tensors(directory):
        if name == "lm_head.weight" and config.get("tie_word_embeddings"):
            continue
        if name in TOP_NAMES:
            target = TOP_NAMES[name]
        else:
            _, _, layer, *rest = name.split(".")
            target = f"blk.{layer}.{LAYER_NAMES['.'.join(rest[:-1])]}.weight"
        if "q_proj" in name:
            values = interleave_heads(values, heads)
        elif "k_proj" in name:
            values = interleave_heads(values, kv_heads)
        kind = TYPES[dtype] if values.ndim == 2 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(target, gguf.quants.quantize(np.ascontiguousarray(values), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def forbid_tiles():
    """Linux refuses tiles to a process whose signal stack is too small for them, and llama.cpp does without."""

    class Stack(ctypes.Structure):
        _fields_ = [("sp", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]

    forbid_tiles.memory = ctypes.create_string_buffer(8192)
    stack = Stack(ctypes.addressof(forbid_tiles.memory), 0, 8192)
    if ctypes.CDLL(None, use_errno=True).sigaltstack(ctypes.byref(stack), None):
        raise SystemExit(f"sigaltstack: {os.strerror(ctypes.get_errno())}")


class Peer:
    def __init__(self, path, vocab, options):
        self.vocab = vocab
        self.batch = options.batch
        self.quiet = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_backend_init()
        llama_cpp.llama_log_set(self.quiet, ctypes.c_void_p(0))
        start = time.perf_counter()
        model = llama_cpp.llama_load_model_from_file(path.encode(), llama_cpp.llama_model_default_params())
        self.load_s = time.perf_counter() - start
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = (max(options.prefill, options.context + options.decode) + 8) * options.batch
        settings.n_batch = settings.n_ubatch = max(512, options.prefill)
        settings.n_seq_max = options.batch
        settings.n_threads = settings.n_threads_batch = options.threads
        self.context = llama_cpp.llama_init_from_model(model, settings)
        self.generator = np.random.default_rng(0)

    def clear(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)

    def feed(self, count, position, sequences):
        """Runs `count` random tokens of each sequence from `position` on; logits of the last one of each only."""
        batch = llama_cpp.llama_batch_init(count * len(sequences), 0, 1)
        batch.n_tokens = count * len(sequences)
        for i, token in enumerate(self.generator.integers(0, self.vocab, batch.n_tokens)):
            batch.token[i] = int(token)
            batch.pos[i] = position + i % count
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = sequences[i // count]
            batch.logits[i] = i % count == count - 1
        if llama_cpp.llama_decode(self.context, batch):
            raise SystemExit("llama_decode failed")
        llama_cpp.llama_synchronize(self.context)
        llama_cpp.llama_batch_free(batch)

    def prefill_seconds(self, tokens):
        self.clear()
        start = time.perf_counter()
        self.feed(tokens, 0, [0])
        return time.perf_counter() - start

    def decode_seconds(self, context, tokens):
        self.clear()
        sequences = list(range(self.batch))
        for sequence in sequences:
            self.feed(context, 0, [sequence])
        start = time.perf_counter()
        for step in range(tokens):
            self.feed(1, context + step, sequences)
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--dtype", choices=TYPES, default="bf16")
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--decode", type=int, default=64)
    parser.add_argument("--context", type=int, default=8, help="tokens before the first decoded one")
    parser.add_argument("--batch", type=int, default=1, help="sequences that decode together")
    parser.add_argument("--no-tiles", action="store_true", help="without AMX")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()))
    options = parser.parse_args()

    config = options.model / "config.json"
    key = f"{options.model.resolve()} {os.path.getmtime(config)} {options.dtype}"
    path = options.cache / f"peer-{hashlib.sha1(key.encode()).hexdigest()[:12]}.gguf"
    if not path.exists():
        part = path.with_suffix(".part")
        write_gguf(options.model, part, options.dtype)
        settle(part)
        part.replace(path)

    if options.no_tiles:
        forbid_tiles()
    peer = Peer(str(path), json.loads(config.read_text())["vocab_size"], options)
    prefill, decode = [], []
    for attempt in range(options.repeat + 1):
        prefill_s = peer.prefill_seconds(options.prefill) if options.prefill else 0
        decode_s = peer.decode_seconds(options.context, options.decode) if options.decode else 0
        if attempt == 0:
            continue  # warms up
        prefill.append(options.prefill / prefill_s if prefill_s else 0)
        decode.append(options.batch * options.decode / decode_s if decode_s else 0)
    print(json.dumps({
        "peer": f"llama.cpp (llama-cpp-python {llama_cpp.__version__})",
        "dtype": options.dtype,
        "threads": options.threads,
        "batch": options.batch,
        "prefill_tokens_per_s": statistics.median(prefill),
        "decode_tokens_per_s": statistics.median(decode),
        "load_s": peer.load_s,
        "file_bytes": path.stat().st_size,
    }))


if __name__ == "__main__":
    main()
