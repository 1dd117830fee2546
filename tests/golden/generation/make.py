"""Golden data of the logits processors, from Transformers' own classes.

    python tests/golden/generation/make.py     # writes processors.safetensors; needs torch, transformers, safetensors

For each case: <case>.logits f32 [vocab], <case>.tokens i32 [n] (prompt, then generated), <case>.out f32 [vocab]:
processed logits, or for warpers the probabilities that are sampled from. Made with transformers 5.23.0, seed 0.
"""
import functools
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



def together(*processors):
    return lambda tokens, scores: functools.reduce(lambda x, processor: processor(tokens, x), processors, scores)


# The last token of a text of [1, 8] is the one before max_new_tokens = 8.
encoder = torch.tensor([[3, 9, 20]])
biases = {(4,): 2.5, (9, 4): -1.5, (3, 9, 21): 4.0, (8, 22): 9.0}
processed("min_length", lp.MinLengthLogitsProcessor(4, [5, 6]), [3, 9, 4])
processed("encoder_repetition_penalty", together(lp.EncoderRepetitionPenaltyLogitsProcessor(1.7, encoder),
                                                 lp.RepetitionPenaltyLogitsProcessor(1.3)), [3, 9, 20, 30])
processed("encoder_no_repeat_ngram", lp.EncoderNoRepeatNGramLogitsProcessor(2, torch.tensor([[3, 9, 3, 11]])),
          [3, 9, 3, 11, 3])
processed("sequence_bias", lp.SequenceBiasLogitsProcessor(biases), [3, 9])
processed("bad_words", lp.NoBadWordsLogitsProcessor([[5], [9, 4], [3, 9, 21], [8, 22], [6]], [6]), [3, 9])
processed("suppress", lp.SuppressTokensLogitsProcessor([7, 12]), [3, 9, 4])
processed("begin_suppress", lp.SuppressTokensAtBeginLogitsProcessor([7, 12], 3), [3, 9, 4])
processed("begin_suppress_later", lp.SuppressTokensAtBeginLogitsProcessor([7, 12], 2), [3, 9, 4])
processed("begin_suppress_forced_bos", lp.SuppressTokensAtBeginLogitsProcessor([7], 2), [3, 9])
processed("forced_bos", lp.ForcedBOSTokenLogitsProcessor(9), [3])
processed("forced_eos", lp.ForcedEOSTokenLogitsProcessor(10, [5, 6]), [3, 9, 4, 4, 4, 4, 4, 4, 4])
processed("forced_eos_suppressed", together(lp.ForcedEOSTokenLogitsProcessor(10, [5, 6]),
                                            lp.SuppressTokensLogitsProcessor([5])), [3, 9, 4, 4, 4, 4, 4, 4, 4])
processed("length_decay", lp.ExponentialDecayLengthPenalty((1, 1.4), [5, 6], 2), [3, 9, 4, 4, 4])
processed("every_processor", together(
    lp.SequenceBiasLogitsProcessor(biases), lp.RepetitionPenaltyLogitsProcessor(1.3),
    lp.NoRepeatNGramLogitsProcessor(2), lp.NoBadWordsLogitsProcessor([[30], [9, 31]], [5, 6]),
    lp.MinNewTokensLengthLogitsProcessor(2, 1, [5, 6]), lp.ExponentialDecayLengthPenalty((1, 1.4), [5, 6], 2),
    lp.SuppressTokensLogitsProcessor([7, 12])), [3, 9, 4, 5, 3, 9])
probabilities("typical_p", [lp.TypicalLogitsWarper(0.4)])
probabilities("typical_p_least", [lp.TypicalLogitsWarper(0.01, min_tokens_to_keep=3)])
probabilities("top_h", [lp.TopHLogitsWarper(0.6)])
probabilities("epsilon", [lp.EpsilonLogitsWarper(0.05)])
probabilities("epsilon_least", [lp.EpsilonLogitsWarper(0.9, min_tokens_to_keep=3)])
probabilities("eta", [lp.EtaLogitsWarper(0.3)])
probabilities("every_warper", [
    lp.TemperatureLogitsWarper(0.8), lp.TopHLogitsWarper(0.9), lp.TopKLogitsWarper(30), lp.TopPLogitsWarper(0.95),
    lp.MinPLogitsWarper(0.01), lp.TypicalLogitsWarper(0.9), lp.EpsilonLogitsWarper(0.02), lp.EtaLogitsWarper(0.1)])

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "processors.safetensors")
save_file(tensors, path)
os.chmod(path, 0o644)
