"""`flagpost train adopt`: a sequence classifier from the Hub becomes a violence_text artifact."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from triage.errors import TrainingError
from worker import manifest
from worker.manifest import Artifact, Manifest, OperatingPoints
from worker.scorers.violence_text import ViolenceText
from worker.training.text import card
from worker.training.text.captions import collect
from worker.training.text.model import MAX_TOKENS
from worker.training.text.publish import OVERLAP, measured

TOKENIZER = "tokenizer.json"

console = Console(stderr=True)


def adopt(base: str, positive: Sequence[str], data: Path, out: Path, limit: int | None = None) -> Artifact:
    """Write an artifact around a model as it is: calibrated and given its thresholds on validation.

    Args:
        base: folder or Hub id of a sequence classifier.
        positive: names of its labels that count as violent.
        data: folder with train, validation and test (see `captions`).
        out: artifact folder to write.
        limit: most rows of each label and split; None for all.

    Raises:
        TrainingError: there is no such model, its labels have other names, or the dataset cannot be used.
    """
    corpus = collect(data, limit)
    labels = _save(base, out)
    chosen = _numbers(labels, positive, base)
    files = dict.fromkeys(
        sorted(path.name for path in out.iterdir() if path.suffix in {".json", ".safetensors"}), ""
    )
    files.pop("manifest.json", None)
    draft = _draft(files, base, chosen, out)
    console.print("Measuring")
    final = measured(Artifact(folder=out, manifest=draft), corpus)
    final.metrics["adopted"] = {"labels": list(positive), "limit": limit}
    card.write(out, final, corpus)
    return manifest.write(out, final)


def _save(base: str, out: Path) -> dict[int, str]:
    """Write model and tokenizer; return the names of the labels."""
    try:
        model = AutoModelForSequenceClassification.from_pretrained(base, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(base, use_fast=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(
            f"No sequence classifier at {base}: {error}\nGive --base a folder with its files or a Hub id."
        ) from error
    model.save_pretrained(out)
    backend = tokenizer.backend_tokenizer
    backend.no_padding()
    backend.no_truncation()
    backend.save(str(out / TOKENIZER))
    names: dict[int, str] = model.config.id2label
    return names


def _numbers(labels: dict[int, str], positive: Sequence[str], base: str) -> list[int]:
    """Return the numbers of named labels."""
    known = {name: number for number, name in labels.items()}
    if unknown := set(positive) - set(known):
        raise TrainingError(
            f"{base} has no label {', '.join(sorted(unknown))}. It has: {', '.join(known)}. Give --positive."
        )
    if not positive or (len(known) > 1 and len(positive) == len(known)):
        raise TrainingError(f"Some but not all labels must count as violent. {base} has: {', '.join(known)}.")
    return sorted(known[name] for name in positive)


def _draft(files: dict[str, str], base: str, positive: list[int], out: Path) -> Manifest:
    """Return a manifest that opens the model, with nothing measured yet."""
    weights = next(name for name in files if name.endswith(".safetensors"))
    prepared: dict[str, Any] = {
        "max_tokens": MAX_TOKENS,
        "overlap": OVERLAP,
        "positive": positive,
        "base": base,
    }
    return Manifest(
        scorer=ViolenceText.name,
        version=manifest.new_version(out / weights),
        kind="text",
        files=files,
        input=prepared,
        operating_points=OperatingPoints(unsure=0, likely=0, strong=0),
    )
