"""The models that the benchmarks make: Llamas of known shapes."""

SHAPES = {
    "smollm2-135m": {"hidden": 576, "layers": 30, "heads": 9, "kv_heads": 3, "ffn": 1536, "vocab": 49152, "tied": True},
    "tinyllama-1.1b": {"hidden": 2048, "layers": 22, "heads": 32, "kv_heads": 4, "ffn": 5632, "vocab": 32000,
                       "tied": False},
}


def weight_numbers(shape):
    """(of the layers, of one table of tokens, tables that are held)"""
    size = SHAPES[shape]
    kv = size["hidden"] // size["heads"] * size["kv_heads"]
    body = size["layers"] * (2 * size["hidden"] ** 2 + 2 * size["hidden"] * kv + 3 * size["hidden"] * size["ffn"])
    return body, size["hidden"] * size["vocab"], 1 if size["tied"] else 2
