"""Writes what Transformers says of decoders, encoders, fresh padding rows and resized vocabularies.

    python make.py                # needs torch, transformers, safetensors

parts.json            by case of tests/golden/models: what get_decoder() and get_encoder() give, as the prefix of its
                      parameters' names, and the parameters' shapes by name; null where they give the model itself
padding.json          configurations, and which rows of their fresh tables are zeros
resized.safetensors   `<case>.<parameter>`: a new row behind the old ones, f32, when the vocabulary grows to 101
"""

import json
import pathlib
import warnings

import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
MODELS = HERE.parent / "models"
PART_CASES = ["gemma2", "gpt2", "gpt2_base", "llama_base", "llama_untied", "mistral_window", "mixtral", "qwen2",
              "qwen2_base", "qwen3", "roberta_base", "roberta_masked", "roberta_questions", "t5", "t5_base",
              "t5_gated_untied"]
RESIZED_CASES = ["gemma2", "gpt2", "llama_grouped", "llama_untied", "roberta_masked", "roberta_masked_untied", "t5"]
NEW_SIZE = 101


def class_of(folder):
    return getattr(transformers, json.loads((folder / "config.json").read_text())["architectures"][0])


def describe(model, part):
    if part is model:
        return None
    prefix = next(name for name, module in model.named_modules() if module is part) + "."
    return dict(prefix=prefix, shapes={name: list(p.shape) for name, p in part.named_parameters()})


def parts():
    rows = {}
    for case in PART_CASES:
        model_class = class_of(MODELS / case)
        model = model_class(transformers.AutoConfig.from_pretrained(MODELS / case))
        rows[case] = dict(decoder=describe(model, model.get_decoder()), encoder=describe(model, model.get_encoder()))
    text = ",\n".join(f"{json.dumps(case)}: {json.dumps(row)}" for case, row in rows.items())
    (HERE / "parts.json").write_text(f"{{\n{text}\n}}\n")


def padding():
    llama = dict(vocab_size=20, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
                 num_key_value_heads=2, head_dim=4)
    gpt2 = dict(vocab_size=20, n_embd=8, n_layer=1, n_head=2)
    t5 = dict(vocab_size=20, d_model=8, d_kv=4, d_ff=16, num_layers=1, num_heads=2)
    roberta = dict(vocab_size=20, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2)
    cases = [
        ("LlamaForCausalLM", llama),
        ("LlamaForCausalLM", dict(llama, pad_token_id=3)),
        ("LlamaForCausalLM", dict(llama, pad_token_id=3, tie_word_embeddings=True)),
        ("LlamaForCausalLM", dict(llama, pad_token_id=-1)),
        ("LlamaModel", dict(llama, pad_token_id=19)),
        ("MistralForCausalLM", dict(llama, pad_token_id=3)),
        ("MixtralForCausalLM", dict(llama, pad_token_id=3, num_local_experts=2)),
        ("Qwen2ForCausalLM", dict(llama, pad_token_id=3)),
        ("Qwen3ForCausalLM", dict(llama, pad_token_id=3)),
        ("Gemma2ForCausalLM", llama),
        ("Gemma2ForCausalLM", dict(llama, pad_token_id=3)),
        ("Gemma2ForCausalLM", dict(llama, pad_token_id=None)),
        ("GPT2LMHeadModel", dict(gpt2, pad_token_id=3)),
        ("T5ForConditionalGeneration", t5),
        ("RobertaForMaskedLM", roberta),
        ("RobertaForMaskedLM", dict(roberta, tie_word_embeddings=False)),
        ("RobertaForSequenceClassification", dict(roberta, pad_token_id=3)),
    ]
    rows = []
    for name, arguments in cases:
        model_class = getattr(transformers, name)
        model = model_class(model_class.config_class(**arguments))
        zeros = {parameter: (tensor == 0).all(1).nonzero().flatten().tolist()
                 for parameter, tensor in model.named_parameters() if tensor.dim() == 2}
        config = dict(arguments, model_type=model.config.model_type, architectures=[name])
        rows.append(dict(config=config, zero_rows={key: value for key, value in zeros.items() if value}))
    text = ",\n".join(json.dumps(row) for row in rows)
    (HERE / "padding.json").write_text(f"[\n{text}\n]\n")


def resized():
    rows = {}
    for case in RESIZED_CASES:
        model = class_of(MODELS / case).from_pretrained(MODELS / case, dtype=torch.float32)
        before = {name: tensor.shape for name, tensor in model.named_parameters()}
        model.resize_token_embeddings(NEW_SIZE)
        for name, tensor in model.named_parameters():
            if tensor.shape != before[name]:
                assert tensor.shape[0] == NEW_SIZE
                rows[f"{case}.{name}"] = tensor.detach()[-1:].clone().contiguous()
    save_file(rows, HERE / "resized.safetensors")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    torch.manual_seed(0)
    parts()
    padding()
    resized()
    (HERE / "VERSION").write_text(f"transformers {transformers.__version__}, torch {torch.__version__}\n")
