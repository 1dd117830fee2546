"""Writes the golden data of the model tests: tiny random models and what Transformers computes with them, in f32.

    python make.py                # needs torch, transformers, safetensors, tokenizers
    python make.py gpt2 gemma2    # the cases whose names begin so, and nothing else

For each case of cases.py, <case>/config.json and <case>/model.safetensors (numbers that bf16 holds exactly), and
<case>/golden.safetensors:
  prompt          i32 [1, n]             batch_ids, batch_mask   i32 [3, m], left-padded
  logits          f32 [1, n, vocab]      batch_logits            f32 [3, m, vocab], zeros at padding
  hidden_states   f32 [layers+1, n, h]   greedy                  i32 [32]: what generate() adds to the prompt
  of mixtures of experts: router_logits f32 [layers, n, experts] and aux_loss [] of the prompt, batch_router_logits
  [layers, 3 * m, experts] and batch_aux_loss of the batch in one run
Cases of other classes have runs instead: `<run>.<input>` and `<run>.<output>`, named as the fields of ForwardInputs
and ForwardOutput; hidden states are one tensor, [layers + 1, batch, seq, hidden]. What lies at padding is not compared.
Encoder-decoders also have greedy.prompts, greedy.mask and greedy.ids.
Rows of the batch are computed one by one, as rows of a batch must equal single runs. inverse_frequencies.json holds
what Transformers' functions give for each kind of rotary embedding; tiny-shakespeare/golden.safetensors the shipped
model's logits, its greedy continuation and the negative log-likelihood of each of 4096 tokens of its text.
"""

import json
import pathlib
import sys
import warnings

import torch
import transformers
from safetensors.torch import load_file, save_file

from cases import BASE, CASES, GPT2_BASE, ROBERTA_BASE, T5_BASE

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent.parent.parent / "data"
SEED = 20260101
NEW_TOKENS = 32
BATCH_LENGTHS = [11, 5, 8]


def spell_as_version_4(config: dict) -> dict:
    """Transformers 4's spelling: rope_theta and rope_scaling apart, torch_dtype, no layer_types."""
    if rope := config.pop("rope_parameters", None):
        config["rope_theta"] = rope.pop("rope_theta")
        config["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    config.pop("layer_types", None)
    if config["model_type"] == "t5":
        config["tie_word_embeddings"] = config.pop("scale_decoder_outputs", True)
    config["torch_dtype"] = config.pop("dtype", "float32")
    config["transformers_version"] = "4.57.0"
    return config


def randomize(model, generator):
    """Norm weights and biases away from their neutral values, everything rounded to bf16."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            is_scale = name.endswith("weight") and ("norm" in name.lower() or "ln_" in name)
            parameter.copy_((parameter + 0.1 * noise if is_scale else 0.2 * noise).bfloat16().float())


def forget(model):
    """Dynamic rotary embeddings remember the longest text so far: start afresh."""
    if rotary := getattr(model.base_model, "rotary_emb", None):
        model.base_model.rotary_emb = type(rotary)(model.config)
    return model


def greedy(model, prompt):
    ids = forget(model).generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=NEW_TOKENS, do_sample=False,
                         pad_token_id=0, eos_token_id=None)
    return ids[0, prompt.shape[1]:].int()


def margin(model, prompt):
    """The least gap between the two best logits on the way: a small one would make the test a coin toss."""
    scores = forget(model).generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=NEW_TOKENS, do_sample=False,
                            pad_token_id=0, eos_token_id=None, output_scores=True, return_dict_in_generate=True).scores
    gaps = []
    for step in scores:
        best = step[0].topk(2).values
        gaps.append((best[0] - best[1]).item() / (step[0].max() - step[0].min()).item())
    return min(gaps)


def make_config(config_class, arguments):
    base = {"GPT2Config": GPT2_BASE, "RobertaConfig": ROBERTA_BASE, "T5Config": T5_BASE}.get(config_class, BASE)
    return getattr(transformers, config_class)(**{**base, **arguments})


def write_model(folder, model, extra):
    model.bfloat16().save_pretrained(folder)  # exact: randomize() rounded
    (folder / "generation_config.json").unlink(missing_ok=True)
    for file in folder.iterdir():
        file.chmod(0o644)
    written = json.loads((folder / "config.json").read_text())
    if extra.get("spelling") == 4:
        written = spell_as_version_4(written)
    (folder / "config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")


def padded(rows, side, pad):
    """Rows as ids and mask, padded on one side."""
    width = max(map(len, rows))
    ids = torch.full((len(rows), width), pad)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    for i, row in enumerate(rows):
        where = slice(width - len(row), width) if side == "left" else slice(0, len(row))
        ids[i, where], mask[i, where] = row, 1
    return dict(input_ids=ids, attention_mask=mask)


OUTPUTS = ("logits", "start_logits", "end_logits", "last_hidden_state", "pooler_output", "encoder_last_hidden_state")


def run(model, inputs):
    """What a run gives, by our names."""
    with torch.no_grad():
        output = forget(model)(**inputs, output_hidden_states=True)
    tensors = {name: output[name] for name in OUTPUTS if output.get(name) is not None}
    is_pair = model.config.is_encoder_decoder
    tensors["hidden_states"] = torch.stack(output.decoder_hidden_states if is_pair else output.hidden_states)
    if is_pair:
        tensors["encoder_hidden_states"] = torch.stack(output.encoder_hidden_states)
    return tensors


def greedy_answers(model, inputs):
    """What generate() says to each row, and the least gap between its two best logits."""
    output = model.generate(**inputs, max_new_tokens=NEW_TOKENS, do_sample=False, output_scores=True,
                            return_dict_in_generate=True)
    gaps = []
    for step in output.scores:
        best = step.topk(2).values
        gaps.append(((best[:, 0] - best[:, 1]) / (step.max(-1).values - step.min(-1).values)).min().item())
    return output.sequences[:, 1:].int(), min(gaps)


def write_class_case(name, config_class, arguments, extra):
    for attempt in range(50):
        generator = torch.Generator().manual_seed(SEED + attempt)
        config = make_config(config_class, arguments)
        config._attn_implementation = "eager"
        model = getattr(transformers, extra["class"])(config).eval()
        if config_class == "T5Config" and arguments.get("tie_word_embeddings") is False:
            model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())  # Transformers 5 ties it
        if arguments.get("tie_word_embeddings") is False and config_class == "RobertaConfig":
            model.lm_head.decoder.bias = torch.nn.Parameter(model.lm_head.bias.clone())
        randomize(model, generator)
        pad = config.pad_token_id
        rows = [torch.randint(4, config.vocab_size, (length,), generator=generator) for length in BATCH_LENGTHS]
        single = dict(input_ids=rows[0][None])
        runs = {"single": single, "right": padded(rows, "right", pad), "left": padded(rows, "left", pad)}
        if config_class == "RobertaConfig":
            types = torch.randint(0, config.type_vocab_size, (1, len(rows[0])), generator=generator)
            runs["types"] = dict(single, token_type_ids=types)
        if config_class in ("LlamaConfig", "Qwen2Config", "GPT2Config"):
            for inputs in list(runs.values())[1:]:
                inputs["position_ids"] = (inputs["attention_mask"].cumsum(-1) - 1).clamp(min=0)
        tensors, gap = {}, 1
        if config.is_encoder_decoder:
            for inputs in runs.values():
                inputs["decoder_input_ids"] = torch.randint(
                    2, config.vocab_size, (len(inputs["input_ids"]), 9), generator=generator)
            runs["left"]["decoder_attention_mask"] = torch.ones(3, 9, dtype=torch.long)
            runs["left"]["decoder_attention_mask"][1, :4] = 0
        if model.can_generate():
            prompts = padded(rows, "left", pad)
            tensors["greedy.ids"], gap = greedy_answers(model, prompts)
            tensors["greedy.prompts"], tensors["greedy.mask"] = prompts["input_ids"].int(), prompts["attention_mask"].int()
        if gap > 1e-3:
            break
    else:
        raise RuntimeError(f"{name}: no seed gives clear greedy choices")
    for kind, inputs in runs.items():
        for key, value in run(model, inputs).items():
            tensors[f"{kind}.{key}"] = value
        for key, value in inputs.items():
            tensors[f"{kind}.{key}"] = value.int()
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    save_file({key: value.contiguous() for key, value in tensors.items()}, folder / "golden.safetensors")
    write_model(folder, model, extra)
    again = type(model).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    for key, value in run(again, runs["single"]).items():
        assert torch.equal(value, tensors[f"single.{key}"]), f"{name}: {key} is another after loading"
    print(f"{name}: seed +{attempt}")


def router_margin(model, prompt):
    """The least gap between the last expert that a router chooses and the next: where it is small, rounding decides."""
    if not hasattr(model.config, "num_local_experts"):
        return float("inf")
    choices = model.config.num_experts_per_tok
    with torch.no_grad():
        logits = torch.stack(forget(model)(prompt, output_router_logits=True).router_logits)
    ranked = logits.sort(-1, descending=True).values
    return (ranked[..., choices - 1] - ranked[..., choices]).min().item()


def router_outputs(model, prefix, **inputs):
    with torch.no_grad():
        output = forget(model)(**inputs, output_router_logits=True)
    return {prefix + "router_logits": torch.stack(output.router_logits), prefix + "aux_loss": output.aux_loss}


def write_case(name, config_class, arguments, extra):
    if "class" in extra:
        return write_class_case(name, config_class, arguments, extra)
    for attempt in range(2000):
        generator = torch.Generator().manual_seed(SEED + attempt)
        config = make_config(config_class, arguments)
        config._experts_implementation = "eager"  # the others want sizes that are multiples of 16 bytes
        model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
        randomize(model, generator)
        prompt = torch.randint(2, config.vocab_size, (1, 24), generator=generator)
        if router_margin(model, prompt) > 0.1 and margin(model, prompt) > 1e-3:
            break
    else:
        raise RuntimeError(f"{name}: no seed gives clear greedy choices")

    folder = HERE / name
    folder.mkdir(exist_ok=True)
    with torch.no_grad():
        output = forget(model)(prompt, output_hidden_states=True)
        rows = [torch.randint(2, config.vocab_size, (length,), generator=generator) for length in BATCH_LENGTHS]
        width = max(BATCH_LENGTHS)
        batch_ids = torch.zeros(len(rows), width, dtype=torch.int32)
        batch_mask = torch.zeros(len(rows), width, dtype=torch.int32)
        batch_logits = torch.zeros(len(rows), width, config.vocab_size)
        for i, row in enumerate(rows):
            batch_ids[i, width - len(row):] = row
            batch_mask[i, width - len(row):] = 1
            batch_logits[i, width - len(row):] = forget(model)(row[None]).logits[0]
        positions = (batch_mask.cumsum(-1) - 1).clamp(min=0)
        together = forget(model)(batch_ids, attention_mask=batch_mask, position_ids=positions).logits
        difference = ((together - batch_logits) * batch_mask[..., None]).abs().max().item()
        new_ids = greedy(model, prompt)
    routers = {}
    if config_class == "MixtralConfig":
        routers = router_outputs(model, "", input_ids=prompt) | router_outputs(
            model, "batch_", input_ids=batch_ids, attention_mask=batch_mask, position_ids=positions)

    save_file(
        {
            "prompt": prompt.int(),
            "logits": output.logits,
            "hidden_states": torch.cat(output.hidden_states),
            "batch_ids": batch_ids,
            "batch_mask": batch_mask,
            "batch_logits": batch_logits,
            "greedy": new_ids,
            **routers,
        },
        folder / "golden.safetensors",
    )
    write_model(folder, model, extra)
    print(f"{name}: batch in one run differs by {difference:.1e}, seed +{attempt}")


def write_frequencies():
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    # (parameters, head_dim, max_position_embeddings, length)
    kinds = [
        (dict(rope_type="default", rope_theta=10000.0), 64, 2048, None),
        (dict(rope_type="default", rope_theta=500000.0), 128, 8192, None),
        (dict(rope_type="linear", rope_theta=10000.0, factor=2.5), 64, 2048, None),
        (dict(rope_type="linear", rope_theta=10000.0, factor=2.5, partial_rotary_factor=0.5), 64, 2048, None),
        (dict(rope_type="dynamic", rope_theta=10000.0, factor=2.0), 64, 2048, 100),
        (dict(rope_type="dynamic", rope_theta=10000.0, factor=2.0), 64, 2048, 5000),
        (dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=2048), 64, 8192, None),
        (dict(rope_type="yarn", rope_theta=1000000.0, factor=4.0, original_max_position_embeddings=32768,
              attention_factor=0.9), 128, 131072, None),
        (dict(rope_type="yarn", rope_theta=10000.0, factor=40.0, original_max_position_embeddings=4096, mscale=0.707,
              mscale_all_dim=0.6, beta_fast=24, beta_slow=2, truncate=False), 64, 163840, None),
        (dict(rope_type="longrope", rope_theta=10000.0, original_max_position_embeddings=4096,
              short_factor=[1 + i / 50 for i in range(32)], long_factor=[1 + i for i in range(32)]), 64, 131072, 4096),
        (dict(rope_type="longrope", rope_theta=10000.0, original_max_position_embeddings=4096,
              short_factor=[1 + i / 50 for i in range(32)], long_factor=[1 + i for i in range(32)]), 64, 131072, 4097),
        (dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=8192), 128, 131072, None),
        (dict(rope_type="proportional", rope_theta=10000.0, partial_rotary_factor=0.25), 64, 2048, None),
    ]
    rows = []
    for parameters, head_dim, most, length in kinds:
        config = transformers.LlamaConfig(hidden_size=head_dim, num_attention_heads=1, head_dim=head_dim,
                                          max_position_embeddings=most, rope_parameters=dict(parameters))
        if parameters["rope_type"] == "default":
            frequencies, factor = transformers.models.llama.modeling_llama.LlamaRotaryEmbedding \
                .compute_default_rope_parameters(config)
        else:
            frequencies, factor = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config, None, seq_len=length)
        rows.append(dict(rope_parameters=parameters, head_dim=head_dim, max_position_embeddings=most,
                         length=length or 0, attention_factor=float(factor),
                         inverse_frequencies=[float(f) for f in frequencies]))
    text = ",\n".join(json.dumps(row) for row in rows)
    (HERE / "inverse_frequencies.json").write_text(f"[\n{text}\n]\n")


def write_shipped():
    source = DATA / "tiny-shakespeare"
    model = transformers.AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(source)
    prompt = tokenizer("ROMEO:\n", return_tensors="pt").input_ids
    text = (DATA / "shakespeare.txt").read_text()
    tokens = torch.tensor(tokenizer(text[-40000:]).input_ids)
    context, count = 256, 4096
    chunks = tokens[: count].reshape(-1, context)
    with torch.no_grad():
        nll = torch.cat([
            torch.nn.functional.cross_entropy(model(chunk[None]).logits[0, :-1], chunk[1:], reduction="none")
            for chunk in chunks
        ])
        new_ids = forget(model).generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=64, do_sample=False)
        folder = HERE / "tiny-shakespeare"
        folder.mkdir(exist_ok=True)
        save_file(
            {
                "prompt": prompt.int(),
                "logits": model(chunks[:1, :16]).logits,
                "logits_ids": chunks[:1, :16].int(),
                "greedy": new_ids[0, prompt.shape[1]:].int(),
                "tokens": chunks.int(),  # [16, 256]
                "nll": nll.reshape(len(chunks), context - 1),  # of tokens 1.. of each row
            },
            folder / "golden.safetensors",
        )
    print(f"tiny-shakespeare: nll {nll.mean():.5f}", repr(tokenizer.decode(new_ids[0])))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    parts = tuple(sys.argv[1:])
    for case, (config_class, arguments, extra) in CASES.items():
        if not parts or case.startswith(parts):
            write_case(case, config_class, arguments, extra)
    if parts:
        sys.exit()
    write_frequencies()
    write_shipped()
    (HERE / "VERSION").write_text(f"transformers {transformers.__version__}, torch {torch.__version__}, seed {SEED}\n")
