"""Golden data of the logits processors, from Transformers' own classes.

    python tests/golden/generation/make.py     # writes processors.safetensors; needs torch, transformers, safetensors

For each case: <case>.logits f32 [vocab], <case>.tokens i32 [n] (prompt, then generated), <case>.out f32 [vocab]:
processed logits, or for warpers the probabilities that are sampled from. Made with transformers 5.23.0, seed 0.
"""
import os

import torch
from safetensors.torch import save_file
from transformers.generation import logits_process as lp

torch.manual_seed(0)
VOCAB = 64
tensors = {}


def add(name, tokens, out, logits):
    tensors[f"{name}.logits"] = logits.clone()
    tensors[f"{name}.tokens"] = torch.tensor(tokens, dtype=torch.int32)
    tensors[f"{name}.out"] = out.to(torch.float32).clone()


def processed(name, processor, tokens):
    logits = torch.randn(VOCAB) * 3
    add(name, tokens, processor(torch.tensor([tokens]), logits[None].clone())[0], logits)


def probabilities(name, processors, logits=None):
    logits = torch.randn(VOCAB) * 3 if logits is None else logits
    scores = logits[None].clone()
    for processor in processors:
        scores = processor(torch.tensor([[1, 2]]), scores)
    add(name, [1, 2], scores[0].softmax(-1), logits)


processed("repetition_penalty", lp.RepetitionPenaltyLogitsProcessor(1.7), [3, 9, 9, 20])
processed("no_repeat_ngram", lp.NoRepeatNGramLogitsProcessor(2), [3, 9, 4, 3, 9, 7, 3])
processed("min_new_tokens", lp.MinNewTokensLengthLogitsProcessor(2, 3, [5, 6]), [3, 9, 4])
temperature = lp.TemperatureLogitsWarper(0.6)
probabilities("temperature", [temperature])
probabilities("top_k", [lp.TopKLogitsWarper(7)])
probabilities("top_k_ties", [lp.TopKLogitsWarper(3)], torch.tensor([1.0, 5.0, 4.0, 4.0, 4.0, 0.0]))
probabilities("top_p", [lp.TopPLogitsWarper(0.8)])
probabilities("min_p", [lp.MinPLogitsWarper(0.1)])
probabilities("all", [temperature, lp.TopKLogitsWarper(20), lp.TopPLogitsWarper(0.9), lp.MinPLogitsWarper(0.02)])

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "processors.safetensors")
save_file(tensors, path)
os.chmod(path, 0o644)
