"""The model card of violence_text, from what was measured: CARD.md for people, card.json for programs."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from worker.manifest import Manifest
from worker.training.tables import Row, table
from worker.training.text.captions import Corpus

TRAINED = """\
{base}{shape}, fine-tuned:
does a caption threaten, incite, wish or glorify physical violence against people?
"""
ADOPTED = """\
{base}, as it is: a caption counts as violent by its labels {labels}. Nothing was trained; calibration and
thresholds were fitted on validation.
"""
USES = """\
## What it is for

It scores **posts**, so that analysts see first what may need them. It never scores persons.

- A high score is a reason to read a post, not a finding. A person reads and decides on every flagged post.
- Names, links, e-mail addresses and phone numbers are masked before the model reads a caption.
- The kind of threat that it names is an explanation, never the trigger.

Not for: deciding anything without a person; judging, ranking or predicting people; removing posts on its
own; finding self-harm; proof that a post is harmless; other languages than English.
"""
LIMITS = """\
## Limits

- English only. A caption that is surely in another language is at least `unsure`, and says so.
- Threats that live in the picture alone are not seen, words in pictures only where they are read.
- A caption is read in windows of {max_tokens} tokens that share {overlap}. A window is scored by the mean
  of its words, so one violent sentence among many harmless ones scores lower than alone.
"""
FORMATS = """\
## Number format

Measured on the validation split, one thread, batches of like length, on the machine that trained; other work
ran beside it, so compare the rows with each other only. `shift` is the largest change of a probability
between a caption read alone and the same one among its neighbours.
"""


def write(folder: Path, manifest: Manifest, corpus: Corpus) -> None:
    """Write both cards.

    Args:
        folder: of the artifact.
        manifest: with everything that was measured; see `publish.measured`.
        corpus: what was measured on, and learned from.
    """
    card = _facts(manifest, corpus)
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    (folder / "CARD.md").write_text(markdown(card), encoding="utf-8")


def limits_told(folder: Path) -> str:
    """Return what an artifact's card already says of the limits of its data."""
    card = folder / "card.json"
    told = json.loads(card.read_text(encoding="utf-8")) if card.is_file() else {}
    return str(told.get("limits_of_the_data", ""))


def _facts(manifest: Manifest, corpus: Corpus) -> dict[str, Any]:
    """Gather everything the card says."""
    told = manifest.model_dump(
        include={"scorer", "version", "input", "calibration", "operating_points", "metrics"}
    )
    choices = manifest.metrics.get("training", {}).get("choices")
    learned = corpus.learned(synthetic=choices["synthetic"]) if choices else {}
    measured = {"validation": corpus.validation, "test": corpus.test}
    taught, seen = (
        Counter(origin for split in splits.values() for origin in split.origins)
        for splits in (learned, measured)
    )
    return told | {
        "counts": {
            name: (int(split.labels.sum()), int((1 - split.labels).sum()))
            for name, split in (learned | measured).items()
        },
        "sources": [
            (*origin, taught[origin], seen[origin])
            for origin in sorted(taught | seen, key=lambda origin: (-taught[origin], origin))
        ],
        "limits_of_the_data": corpus.limits,
    }


def markdown(card: dict[str, Any]) -> str:
    """Return a card for people from one for programs."""
    metrics = card["metrics"]
    return "\n".join(
        (
            f"# {card['scorer']} {card['version']}\n",
            _about(card),
            USES,
            *_training(metrics.get("training")),
            "## How good it is\n",
            "Recall, false-positive rate and precision at the `likely` point, with 95 % bootstrap intervals.",
            "Calibration and thresholds were fitted on the validation split. How often the test split was",
            "looked at stands, for the model that ships, in docs/violence-text.md.\n",
            table(("figure", "validation", "test", "95 % interval"), _figures(metrics)),
            "## Operating points\n",
            "Calibrated probability (Platt scaling on validation) from which a caption counts as a level,",
            "and what that costs on the test split. Between unsure and likely the model abstains.\n",
            table(("level", "threshold", "recall", "false positives per 1,000", "precision"), _levels(card)),
            "What a recall costs on the validation split:\n",
            table(("recall", "threshold", "false positives per 1,000"), _recalls(metrics)),
            "## By slice of the test split, at `likely`\n",
            "Flagged of 1,000: of violent captions that is the recall, of others the false alarms.\n",
            table(("by", "slice", "label", "captions", "flagged", "95 % interval"), _slices(metrics)),
            *_behaviour(metrics["behaviour"]),
            LIMITS.format(**card["input"]),
            *_limits_of_the_data(card["limits_of_the_data"]),
            *_number_formats(metrics),
            "## Data\n",
            "Captions are not shipped. Synthetic rows, where they were learned from, are in no figure.\n",
            table(("split", "violent", "not violent"), _counts(card)),
            table(("source", "licence found", "rows learned from", "rows measured on"), _sources(card)),
        )
    )


def _about(card: dict[str, Any]) -> str:
    metrics = card["metrics"]
    if "adopted" in metrics:
        return ADOPTED.format(base=card["input"]["base"], labels=", ".join(metrics["adopted"]["labels"]))
    training = metrics["training"]
    encoder = training.get("encoder")
    shape = f" ({encoder['layers']} layers, {encoder['width']} wide)" if encoder else ""
    return TRAINED.format(base=training["base"], shape=shape)


def _training(training: dict[str, Any] | None) -> tuple[str, ...]:
    if training is None:
        return ()
    return ("## How it was trained\n", table(("", ""), _recipe(training)))


def _recipe(training: dict[str, Any]) -> Iterator[Row]:
    """Yield what was chosen; what a manifest does not tell is left out."""
    chosen, precisions = training["choices"], training["average_precision"]
    yield "started from", training["base"]
    yield "epochs", f"{training['epochs']}; the best by average precision on validation was kept"
    yield "average precision by epoch", ", ".join(f"{precision:.4f}" for precision in precisions)
    yield "seed", training["seed"]
    if training["limit"]:
        yield "rows of each label and split", f"at most {training['limit']}"
    yield "synthetic rows", "learned from" if chosen["synthetic"] else "not learned from"
    yield "behavioural texts of each functionality", chosen["cases"]
    if chosen["cases"]:
        yield "what one of them counts beside a caption", chosen["case_weight"]
    for name, count in training.get("learned", {}).items():
        yield f"learned from, {name}", count
    yield "teachers", ", ".join(chosen["teachers"]) or "none"
    yield "loss", training["loss"]
    yield "share of the negatives that were the hardest so far", training["mined"]
    yield "share of the unreviewed labels taken to be wrong", chosen["doubt"]
    yield "rows of large sources", "count less" if chosen["even_sources"] else "count as others"
    yield "disguised words", "put back before reading" if chosen["spelling"] else "read as they stand"


def _figures(metrics: dict[str, Any]) -> Iterator[Row]:
    for name, (low, high) in metrics["test_intervals"].items():
        values = (f"{metrics[split][name]:.4f}" for split in ("validation", "test"))
        yield name, *values, f"{low:.4f} to {high:.4f}"


def _levels(card: dict[str, Any]) -> Iterator[Row]:
    for name, threshold in card["operating_points"].items():
        found = card["metrics"]["test_levels"][name]
        false = f"{1000 * found['false_positive_rate']:.1f}"
        yield name, f"{threshold:.4f}", f"{found['recall']:.3f}", false, f"{found['precision']:.3f}"


def _recalls(metrics: dict[str, Any]) -> Iterator[Row]:
    for row in metrics["recalls"]:
        yield f"{row['recall']:.2f}", f"{row['threshold']:.4f}", f"{1000 * row['false_positive_rate']:.1f}"


def _slices(metrics: dict[str, Any]) -> Iterator[Row]:
    for row in metrics["slices"]:
        if not row["few"] and row["section"] != "fine label":
            span = f"{1000 * row['low']:.1f} to {1000 * row['high']:.1f}"
            yield row["section"], row["name"], row["label"], row["n"], f"{1000 * row['share']:.1f}", span


def _behaviour(found: dict[str, Any]) -> tuple[str, ...]:
    head = ("functionality", "its texts", "n", "frames", "judged right", "95 % interval")
    rows = [
        (
            *(row[name] for name in ("name", "says", "n", "frames")),
            f"{row['share']:.3f}",
            f"{row['low']:.3f} to {row['high']:.3f}",
        )
        for row in found["functionalities"]
    ]
    identity = found["identity"]
    return (
        "## Behaviour\n",
        f"{found['passed'] / found['n']:.1%} of {found['n']} texts were judged right at `likely`; nothing",
        f"was learned from the {found['frames']} frames they are made of. Intervals count each frame once.",
        f"The name of a group alone moves a probability by {identity['mean']:.4f} on average, at most by "
        f"{identity['largest']:.3f}.\n",
        table(head, rows),
    )


def _limits_of_the_data(text: str) -> tuple[str, ...]:
    return ("Of the data, as told beside it:\n", f"{text.strip()}\n") if text.strip() else ()


def _number_formats(metrics: dict[str, Any]) -> tuple[str, ...]:
    if "formats" not in metrics:
        return ()
    head = ("format", "MB", "ms a caption", "average precision", "shift")
    return (FORMATS, table(head, _formats(metrics)))


def _formats(metrics: dict[str, Any]) -> Iterator[Row]:
    for row in metrics["formats"]:
        cells = (f"{row['megabytes']:.1f}", f"{row['milliseconds']:.2f}", f"{row['average_precision']:.4f}")
        yield row["format"], *cells, f"{row['shift']:.6f}"


def _counts(card: dict[str, Any]) -> Iterator[Row]:
    for name, (violent, others) in card["counts"].items():
        yield name, violent, others


def _sources(card: dict[str, Any]) -> Iterator[Row]:
    for source, licence, taught, measured in card["sources"]:
        yield source or "not stated", licence or "not stated", taught, measured
