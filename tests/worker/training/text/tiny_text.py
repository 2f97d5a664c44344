"""A base model and a dataset small enough to train in a test: 40 words, one layer, random weights."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
VIOLENT = ["hurt", "stab", "shoot", "kill", "burn"]
HARMLESS = ["cake", "garden", "music", "football", "coffee"]
OTHER = [
    "i",
    "will",
    "you",
    "the",
    "a",
    "we",
    "love",
    "today",
    "they",
    "at",
    "home",
    "so",
    "nice",
    "and",
    "user",
    "@",
]


def write_base(folder: Path) -> Path:
    """Write a tiny random BERT with its tokenizer, as a Hub model's folder would be."""
    import torch
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = {word: number for number, word in enumerate(MARKS + VIOLENT + HARMLESS + OTHER)}
    tokenizer = Tokenizer(WordPiece(words, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()
    tokenizer.post_processor = BertProcessing(("[SEP]", words["[SEP]"]), ("[CLS]", words["[CLS]"]))
    marks = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **marks).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    return folder


def interrupted(function: Callable[..., Any], at: int) -> Callable[..., Any]:
    """Return a function that is broken off the `at`-th time it is called, as by Ctrl-C."""
    calls = count(1)

    def call(*given: Any, **named: Any) -> Any:
        if next(calls) == at:
            raise KeyboardInterrupt
        return function(*given, **named)

    return call


def write_data(folder: Path) -> Path:
    """Write three splits; what is violent is told by one word."""
    folder.mkdir(exist_ok=True)
    for name, people in {
        "train": ("you", "they", "@user"),
        "validation": ("we", "you"),
        "test": ("they", "we"),
    }.items():
        rows = [
            f"I will {word} {person} {place},1,threat,made here,CC0"
            for word in VIOLENT
            for person in people
            for place in ("today", "at home")
        ]
        rows += [
            f"{person} love the {word} {end},0,everyday,made here,CC0"
            for word in HARMLESS
            for person in people
            for end in ("today", "at home", "so nice", "and a coffee")
        ]
        (folder / f"{name}.csv").write_text(
            "\n".join(["text,label,group,source,license", *rows]), encoding="utf-8"
        )
    (folder / "synthetic.csv").write_text(
        "text,label\nkill the music,0\nstab they today,1\n", encoding="utf-8"
    )
    return folder
