"""The model card of violence_text, written from what was measured."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from worker.manifest import Manifest
from worker.training.tables import Row, table
from worker.training.text.captions import Corpus, Split

ABOUT = """\
all-MiniLM-L6-v2 (6 layers, 384 wide), fine-tuned: does a caption threaten, incite, wish or glorify physical
violence against people?
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
own; finding self-harm (in neither class of its data); proof that a post is harmless; other languages than
English.
"""
LIMITS = """\
## Limits

- Labels are cleaned, not gold: nearly all positives were read once, by one reader; many negatives never.
- Threat-like rows were filtered from most negatives, so these splits are easier than life: expect more
  false alarms.
- Death wishes ("hope you die") count as violent; whether they should open a case is for the policy to say.
- One source of negatives is rich in **African-American English**, where violent words often carry no threat.
  The slices say what was measured by a rough sign, dialect words; watch false alarms there in review.
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


def write(folder: Path, manifest: Manifest, corpus: Corpus, about: str = ABOUT) -> None:
    """Write both cards: CARD.md for people, card.json for programs.

    Args:
        folder: of the artifact.
        manifest: with everything that was measured; see `publish.measure`.
        corpus: what was measured on, and learned from.
        about: what the model is.
    """
    facts = manifest.model_dump(
        include={"scorer", "version", "input", "calibration", "operating_points", "metrics"}
    )
    facts["counts"] = {name: (violent, others) for name, violent, others in _counts(corpus)}
    (folder / "card.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    (folder / "CARD.md").write_text(_markdown(manifest, corpus, about), encoding="utf-8")


def _markdown(manifest: Manifest, corpus: Corpus, about: str) -> str:
    metrics = manifest.metrics
    return "\n".join(
        (
            f"# {manifest.scorer} {manifest.version}\n",
            about,
            USES,
            "## How good it is\n",
            "Recall, false-positive rate and precision at the `likely` point, with 95 % bootstrap intervals.",
            "Calibration and thresholds were fitted on the validation split; the test split chose nothing.\n",
            table(("figure", "validation", "test", "95 % interval"), _figures(manifest)),
            "## Operating points\n",
            "Calibrated probability (Platt scaling on validation) from which a caption counts as a level,",
            "and what that costs on the test split. Between unsure and likely the model abstains.\n",
            table(
                ("level", "threshold", "recall", "false positives per 1,000", "precision"), _levels(manifest)
            ),
            "What a recall costs on the validation split:\n",
            table(("recall", "threshold", "false positives per 1,000"), _recalls(manifest)),
            "## By slice of the test split, at `likely`\n",
            "Flagged of 1,000: of violent captions that is the recall, of others the false alarms.\n",
            table(("by", "slice", "label", "captions", "flagged", "95 % interval"), _slices(manifest)),
            *_behaviour(metrics["behaviour"]),
            LIMITS.format(**manifest.input),
            *_number_formats(manifest),
            "## Data\n",
            "Captions are not shipped. Synthetic rows were learned from and are in no figure.\n",
            table(("split", "violent", "not violent"), _counts(corpus)),
            table(("source", "licence found", "rows learned from", "rows measured on"), _origins(corpus)),
        )
    )


def _figures(manifest: Manifest) -> Iterator[Row]:
    metrics = manifest.metrics
    for name, (low, high) in metrics["test_intervals"].items():
        values = (f"{metrics[split][name]:.4f}" for split in ("validation", "test"))
        yield name, *values, f"{low:.4f} to {high:.4f}"


def _levels(manifest: Manifest) -> Iterator[Row]:
    for name, threshold in manifest.operating_points:
        found = manifest.metrics["test_levels"][name]
        false = f"{1000 * found['false_positive_rate']:.1f}"
        yield name, f"{threshold:.4f}", f"{found['recall']:.3f}", false, f"{found['precision']:.3f}"


def _recalls(manifest: Manifest) -> Iterator[Row]:
    for row in manifest.metrics["recalls"]:
        yield f"{row['recall']:.2f}", f"{row['threshold']:.4f}", f"{1000 * row['false_positive_rate']:.1f}"


def _slices(manifest: Manifest) -> Iterator[Row]:
    for row in manifest.metrics["slices"]:
        if not row["few"] and row["section"] != "fine label":
            span = f"{1000 * row['low']:.1f} to {1000 * row['high']:.1f}"
            yield row["section"], row["name"], row["label"], row["n"], f"{1000 * row['share']:.1f}", span


def _behaviour(found: dict[str, Any]) -> tuple[str, ...]:
    rows = [(row["name"], row["says"], row["n"], f"{row['share']:.3f}") for row in found["functionalities"]]
    identity = found["identity"]
    return (
        "## Behaviour\n",
        f"{found['passed'] / found['n']:.1%} of {found['n']} texts were judged right at `likely`; nothing",
        "was learned from the frames they are made of.",
        f"The name of a group alone moves a probability by {identity['mean']:.4f} on average, at most by "
        f"{identity['largest']:.3f}.\n",
        table(("functionality", "its texts", "n", "judged right"), rows),
    )


def _number_formats(manifest: Manifest) -> tuple[str, ...]:
    if "formats" not in manifest.metrics:
        return ()
    head = ("format", "MB", "ms a caption", "average precision", "shift")
    return (FORMATS, table(head, _formats(manifest)))


def _formats(manifest: Manifest) -> Iterator[Row]:
    for row in manifest.metrics["formats"]:
        cells = (f"{row['megabytes']:.1f}", f"{row['milliseconds']:.2f}", f"{row['average_precision']:.4f}")
        yield row["format"], *cells, f"{row['shift']:.6f}"


def _counts(corpus: Corpus) -> Iterator[Row]:
    for name, split in vars(corpus).items():
        if split is not None:
            yield name, int(split.labels.sum()), int((1 - split.labels).sum())


def _origins(corpus: Corpus) -> Iterator[Row]:
    taught, measured = _count(corpus.taught()), _count(corpus.validation) + _count(corpus.test)
    for origin in sorted(taught | measured, key=lambda origin: (-taught[origin], origin)):
        source, licence = (part or "not stated" for part in origin)
        yield source, licence, taught[origin], measured[origin]


def _count(split: Split) -> Counter[tuple[str, str]]:
    return Counter(split.origins)
