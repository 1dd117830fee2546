"""The tiny random models of the model tests: one entry per row of tests/models/model_case.cpp.

Each entry: the Transformers configuration class, its arguments beyond BASE (GPT2_BASE for GPT-2), and optionally
  class:     the model class; without it the configuration's causal language model
  spelling:  4 writes config.json as Transformers 4 did (rope_theta, rope_scaling, torch_dtype)
  prompt:    tokens of the single prompt (24)
"""

BASE = dict(
    vocab_size=96,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=128,
    rms_norm_eps=1e-5,
    bos_token_id=1,
    eos_token_id=None,
    pad_token_id=0,
    initializer_range=0.2,
    tie_word_embeddings=True,
)

# GPT-2's configuration has names of its own.
GPT2_BASE = dict(
    vocab_size=96,
    n_embd=32,
    n_layer=2,
    n_head=4,
    n_positions=128,
    bos_token_id=1,
    eos_token_id=None,
    pad_token_id=0,
    initializer_range=0.2,
)

ROBERTA_BASE = dict(
    vocab_size=96,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=40,
    type_vocab_size=3,
    pad_token_id=1,
    initializer_range=0.2,
)

T5_BASE = dict(
    vocab_size=96,
    d_model=32,
    d_kv=8,
    d_ff=48,
    num_layers=2,
    num_heads=4,
    relative_attention_num_buckets=8,
    relative_attention_max_distance=20,
    pad_token_id=0,
    eos_token_id=None,
    decoder_start_token_id=0,
)

LLAMA3 = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)
LONGROPE = dict(rope_type="longrope", rope_theta=10000.0, original_max_position_embeddings=32,
                short_factor=[1.0, 1.05, 1.1, 1.2], long_factor=[1.0, 1.5, 3.0, 6.0])
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=32)


def llama(rope=None, **arguments):
    if rope is not None:
        arguments["rope_parameters"] = rope
    return "LlamaConfig", arguments


GEMMA2 = dict(hidden_activation="gelu_pytorch_tanh", head_dim=16, sliding_window=6, query_pre_attn_scalar=24,
              attn_logit_softcapping=4.0, final_logit_softcapping=3.0, num_hidden_layers=3)

CASES = {
    "gemma2": ("Gemma2Config", GEMMA2, {}),
    "gemma2_uncapped": (
        "Gemma2Config",
        dict(GEMMA2, attn_logit_softcapping=None, final_logit_softcapping=None, hidden_activation="gelu",
             tie_word_embeddings=False, attention_bias=True,
             layer_types=["full_attention", "sliding_attention", "sliding_attention"]),
        {},
    ),
    "gemma2_v4": (
        "Gemma2Config",
        dict(GEMMA2, hidden_size=36, intermediate_size=50, head_dim=10, num_attention_heads=3, num_key_value_heads=1,
             vocab_size=97),
        dict(spelling=4),
    ),
    "gpt2": ("GPT2Config", dict(), {}),
    "gpt2_awkward": (
        "GPT2Config",
        dict(n_embd=39, n_head=3, n_inner=50, n_layer=3, vocab_size=97, activation_function="relu",
             tie_word_embeddings=False, scale_attn_by_inverse_layer_idx=True, layer_norm_epsilon=1e-3),
        {},
    ),
    "gpt2_unscaled_v4": (
        "GPT2Config",
        dict(scale_attn_weights=False, activation_function="gelu", reorder_and_upcast_attn=True),
        dict(spelling=4),
    ),
    "gpt2_base": ("GPT2Config", dict(), {"class": "GPT2Model"}),
    "llama_base": (*llama(), {"class": "LlamaModel"}),
    "llama_grouped": (*llama(), {}),
    "llama_one_kv_head": (*llama(num_key_value_heads=1), {}),
    "llama_biases": (*llama(attention_bias=True, mlp_bias=True), {}),
    "llama_untied": (*llama(tie_word_embeddings=False), {}),
    "llama_head_dim": (*llama(head_dim=16), {}),
    "llama_theta_v4": (*llama(dict(rope_type="default", rope_theta=500000.0)), dict(spelling=4)),
    "llama_linear": (*llama(dict(rope_type="linear", rope_theta=10000.0, factor=4.0)), {}),
    "llama_linear_v4": (*llama(dict(rope_type="linear", rope_theta=10000.0, factor=2.0)), dict(spelling=4)),
    "llama_dynamic_short": (*llama(dict(rope_type="dynamic", rope_theta=10000.0, factor=2.0)), {}),
    "llama_dynamic_long": (
        *llama(dict(rope_type="dynamic", rope_theta=10000.0, factor=2.0), max_position_embeddings=16),
        {},
    ),
    "llama_dynamic_long_v4": (
        *llama(dict(rope_type="dynamic", rope_theta=10000.0, factor=4.0), max_position_embeddings=20),
        dict(spelling=4),
    ),
    "llama_yarn": (*llama(YARN), {}),
    "llama_yarn_mscale": (
        *llama(dict(YARN, mscale=0.8, mscale_all_dim=0.5, beta_fast=16.0, beta_slow=2.0, truncate=False)),
        {},
    ),
    "llama_yarn_v4": (*llama(dict(YARN, attention_factor=1.25)), dict(spelling=4)),
    "llama_longrope_short": (*llama(dict(LONGROPE, original_max_position_embeddings=100)), {}),
    "llama_longrope_long": (*llama(dict(LONGROPE, original_max_position_embeddings=12)), {}),
    "llama_longrope_switch": (*llama(LONGROPE), {}),
    "llama_longrope_v4": (*llama(dict(LONGROPE, factor=4.0)), dict(spelling=4)),
    "llama_llama3": (*llama(LLAMA3), {}),
    "llama_llama3_v4": (*llama(LLAMA3), dict(spelling=4)),
    "mistral_window": ("MistralConfig", dict(sliding_window=7), {}),
    "mistral_full_v4": ("MistralConfig", dict(sliding_window=None, tie_word_embeddings=False), dict(spelling=4)),
    "mixtral": ("MixtralConfig", dict(num_local_experts=4, num_experts_per_tok=2), {}),
    "mixtral_window_v4": (
        "MixtralConfig",
        dict(num_local_experts=5, num_experts_per_tok=3, sliding_window=7, hidden_size=36, intermediate_size=29,
             num_attention_heads=3, num_key_value_heads=1, vocab_size=97, tie_word_embeddings=False,
             router_jitter_noise=0.1),
        dict(spelling=4),
    ),
    "qwen2_base": ("Qwen2Config", dict(), {"class": "Qwen2Model"}),
    "qwen2": ("Qwen2Config", dict(), {}),
    "qwen2_windows": ("Qwen2Config", dict(use_sliding_window=True, sliding_window=6, max_window_layers=1), {}),
    "qwen3": ("Qwen3Config", dict(head_dim=16), {}),
    "qwen3_windows": (
        "Qwen3Config",
        dict(head_dim=16, attention_bias=True, tie_word_embeddings=False, use_sliding_window=True, sliding_window=6,
             layer_types=["sliding_attention", "full_attention"]),
        {},
    ),
    "roberta_base": ("RobertaConfig", dict(), {"class": "RobertaModel"}),
    "roberta_masked": ("RobertaConfig", dict(), {"class": "RobertaForMaskedLM"}),
    "roberta_masked_untied": (
        "RobertaConfig",
        dict(tie_word_embeddings=False, hidden_size=39, num_attention_heads=3, intermediate_size=50, vocab_size=97,
             pad_token_id=3, hidden_act="gelu_new", layer_norm_eps=1e-3),
        {"class": "RobertaForMaskedLM"},
    ),
    "roberta_questions": ("RobertaConfig", dict(), {"class": "RobertaForQuestionAnswering"}),
    "roberta_sequences": ("RobertaConfig", dict(num_labels=5), {"class": "RobertaForSequenceClassification"}),
    "roberta_tokens": ("RobertaConfig", dict(num_labels=7), {"class": "RobertaForTokenClassification", "spelling": 4}),
    "t5": ("T5Config", dict(), {"class": "T5ForConditionalGeneration"}),
    "t5_base": ("T5Config", dict(), {"class": "T5Model"}),
    "t5_gated_untied": (
        "T5Config",
        dict(feed_forward_proj="gated-gelu", tie_word_embeddings=False, num_decoder_layers=1, num_heads=3, d_kv=10,
             d_model=36, d_ff=50, vocab_size=97, relative_attention_num_buckets=6),
        {"class": "T5ForConditionalGeneration"},
    ),
    "t5_gated_v4": (
        "T5Config",
        dict(feed_forward_proj="gated-gelu", tie_word_embeddings=False),
        {"class": "T5ForConditionalGeneration", "spelling": 4},
    ),
}
