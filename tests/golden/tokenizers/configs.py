"""What Transformers makes of tokenizer_config.json, special_tokens_map.json and chat templates: writes configs.json.

    pip install transformers==5.23.0 && python tests/golden/tokenizers/configs.py    # after make.py
"""
import json
import pathlib
import shutil
import tempfile

import transformers

HERE = pathlib.Path(__file__).resolve().parent
TEXTS = ["", "Hello world", "<s>Hi</s> there <new>x", " a <mask>b <unk> [PAD]", "it 's , n't fine . <|endoftext|>", "<|im_start|>user\nhé 😀<|im_end|>"]
MARK = {"__type": "AddedToken", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
CASES = {
    "plain": ("gpt2", {}, {}),
    "strings": ("gpt2", {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": None}, {}),
    "objects": ("llama2", {"bos_token": {**MARK, "content": "<s>"}, "eos_token": {**MARK, "content": "</s>"}, "unk_token": {**MARK, "content": "<unk>"}, "add_bos_token": True, "add_eos_token": True}, {}),
    "no bos": ("llama2", {"bos_token": "<s>", "eos_token": "</s>", "add_bos_token": False}, {}),
    "bos without a token": ("llama3", {"add_bos_token": True, "add_eos_token": False}, {}),
    "new eos": ("gpt2", {"eos_token": "<new>", "pad_token": "[PAD]"}, {}),
    "new eos with flags": ("gpt2", {"eos_token": {**MARK, "content": "<new>", "rstrip": True, "lstrip": True}}, {}),
    "vocabulary word as eos": ("gpt2", {"eos_token": "the"}, {}),
    "known flags stay": ("gpt2", {"mask_token": "<mask>", "eos_token": "<extra>"}, {}),
    "extra": ("qwen2", {"eos_token": "<|im_end|>", "additional_special_tokens": ["<new>", "<|im_start|>"]}, {}),
    "added tokens": ("llama2", {"added_tokens_decoder": {"0": {**MARK, "content": "<unk>", "special": True}, "1400": {**MARK, "content": "<new>", "special": False}, "1401": {**MARK, "content": "[PAD]", "special": True, "lstrip": True}}, "eos_token": "</s>"}, {}),
    "clean up": ("bert", {"clean_up_tokenization_spaces": True}, {}),
    "clean up bpe": ("gpt2", {"clean_up_tokenization_spaces": True}, {}),
    "map": ("llama2", {"bos_token": "<s>"}, {"eos_token": "</s>", "unk_token": {"content": "<unk>", "lstrip": False, "normalized": False, "rstrip": False, "single_word": False}}),
    "template": ("gpt2", {"chat_template": "{{ messages }}"}, {}),
    "templates": ("gpt2", {"chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]}, {}),
    "length": ("gpt2", {"model_max_length": 2048}, {}),
    "no length": ("gpt2", {"model_max_length": 1000000000000000019884624838656}, {}),
}


def case(name):
    base, config, special_map = CASES[name]
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **config}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        shutil.copy(HERE / base / "tokenizer.json", folder)
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        if special_map:
            (folder / "special_tokens_map.json").write_text(json.dumps(special_map))
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    rows = []
    for text in TEXTS:
        ids = tokenizer(text).input_ids
        rows.append({"text": text, "plain": tokenizer(text, add_special_tokens=False).input_ids, "ids": ids,
                     "skip": tokenizer.decode(ids, skip_special_tokens=True), "keep": tokenizer.decode(ids, skip_special_tokens=False)})
    template = tokenizer.chat_template
    return {"name": name, "base": base, "config": config, "special_tokens_map": special_map, "size": len(tokenizer),
            "bos": tokenizer.bos_token_id, "eos": tokenizer.eos_token_id, "pad": tokenizer.pad_token_id, "unk": tokenizer.unk_token_id,
            "max_length": tokenizer.model_max_length if tokenizer.model_max_length < 1e12 else None,
            "chat_template": template.get("default") if isinstance(template, dict) else template, "rows": rows}


if __name__ == "__main__":
    result = {"version": f"transformers {transformers.__version__}", "cases": [case(name) for name in CASES]}
    (HERE / "configs.json").write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n")
