"""Golden data of beam search: what Transformers' generate() finds with tiny random models, in f32.

    python tests/golden/generation/make_beams.py     # writes beams.safetensors; needs torch, transformers, safetensors

<model>.<case>.<prompt>.ids i32 [sequences, new tokens], ended ones filled with -1; <model>.<case>.<prompt>.scores f32
[sequences]. Prompts are run one by one, as rows of a batch must equal single runs. Made with transformers 5.23.0.
"""
import os

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = {"llama_grouped": AutoModelForCausalLM, "t5": AutoModelForSeq2SeqLM}
PROMPTS = [[5, 9, 2, 33], [7], [11, 3, 40, 8, 21, 6]]
EOS = [12, 17, 30]
CASES = {
    "plain": dict(num_beams=4, num_return_sequences=4),
    "eos": dict(num_beams=4, num_return_sequences=3, eos_token_id=EOS),
    "early": dict(num_beams=4, num_return_sequences=4, eos_token_id=EOS, early_stopping=True),
    "never": dict(num_beams=4, num_return_sequences=4, eos_token_id=EOS, early_stopping="never", length_penalty=2.0),
    "short": dict(num_beams=3, num_return_sequences=3, eos_token_id=EOS, length_penalty=-1.0),
    "processors": dict(num_beams=4, num_return_sequences=4, eos_token_id=EOS, repetition_penalty=1.3,
                       no_repeat_ngram_size=2, suppress_tokens=[4], forced_eos_token_id=12, renormalize_logits=True),
}

tensors = {}
for name, model_class in MODELS.items():
    model = model_class.from_pretrained(
        os.path.join(HERE, "..", "models", name), dtype=torch.float32, attn_implementation="eager").eval()
    model.generation_config.eos_token_id = None
    for case, options in CASES.items():
        for index, prompt in enumerate(PROMPTS):
            out = model.generate(torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
                                 max_new_tokens=12, do_sample=False, pad_token_id=0, output_scores=True,
                                 return_dict_in_generate=True, **options)
            start = 1 if model.config.is_encoder_decoder else len(prompt)
            ids = out.sequences[:, start:].int()
            for row in ids:
                ends = [i for i, id in enumerate(row.tolist()) if id in options.get("eos_token_id", [])]
                if ends:
                    row[ends[0] + 1:] = -1
            tensors[f"{name}.{case}.{index}.ids"] = ids.clone().contiguous()
            tensors[f"{name}.{case}.{index}.scores"] = out.sequences_scores.float().clone()

path = os.path.join(HERE, "beams.safetensors")
save_file(tensors, path)
os.chmod(path, 0o644)
