"""The model card of violence_text, written from what was measured."""

from collections import Counter
from collections.abc import Iterator

from worker.manifest import Manifest
from worker.training.tables import Row, table
from worker.training.text_data import Corpus, Split

USES = """\
all-MiniLM-L6-v2 (6 layers, 384 wide), fine-tuned: does a caption threaten, incite, wish or glorify physical
violence against people?

## What it is for

It scores **posts**, so that analysts see first what may need them. It never scores persons.

- A high score is a reason to read a post, not a finding. A person reads and decides on every flagged post.
- Names, links, e-mail addresses and phone numbers are masked before the model reads a caption.

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
  False alarms on that register were not measured separately; watch them in review.
- English only. Other languages are scored, and the score means little.
- Nothing is done about words spelled with look-alike letters, or threats that live in the picture alone.
- A caption is read in windows of {max_tokens} tokens that share {overlap}. A window is scored by the mean
  of its words, so one violent sentence among many harmless ones scores lower than alone.
"""

FORMATS = """\
## Number format

Measured on the validation split, one thread, batches of like length, on the machine that trained; other work
ran beside it, so compare the rows with each other only. `shift` is the largest change of a probability
between a caption read alone and the same one among its neighbours.
"""


def violence_text(manifest: Manifest, corpus: Corpus) -> str:
    """Render the card as Markdown."""
    metrics = manifest.metrics
    names = [name for name in metrics["test"] if name not in ("n", "positives")]
    quality = [(name, *(f"{metrics[split][name]:.4f}" for split in ("validation", "test"))) for name in names]
    return "\n".join(
        (
            f"# {manifest.scorer} {manifest.version}\n",
            USES,
            "## How good it is\n",
            "Recall, false-positive rate and precision at the `likely` point. Calibration and thresholds",
            "were fitted on the validation split; the test split chose nothing and is only reported on.\n",
            table(("figure", "validation", "test"), quality),
            "## Operating points\n",
            "Calibrated probability (Platt scaling on validation) from which a caption counts as:\n",
            table(
                ("level", "threshold", "recall on test", "false positives per 1,000", "precision"),
                _levels(manifest),
            ),
            "## By group of the test split, at `likely`\n",
            table(("violent", "rows", "found per 1,000"), _groups(manifest, 1)),
            table(("not violent", "rows", "false positives per 1,000"), _groups(manifest, 0)),
            LIMITS.format(**manifest.input),
            FORMATS,
            table(("format", "MB", "ms a caption", "average precision", "shift"), _formats(manifest)),
            "## Data\n",
            "Captions are not shipped. Synthetic rows were learned from and are in no figure.\n",
            table(("split", "violent", "not violent"), _counts(corpus)),
            table(("source", "licence found", "rows learned from", "rows measured on"), _origins(corpus)),
        )
    )


def _levels(manifest: Manifest) -> Iterator[Row]:
    for name, threshold in manifest.operating_points:
        found = manifest.metrics["test_levels"][name]
        false = f"{1000 * found['false_positive_rate']:.1f}"
        yield name, f"{threshold:.4f}", f"{found['recall']:.3f}", false, f"{found['precision']:.3f}"


def _groups(manifest: Manifest, label: int) -> Iterator[Row]:
    for group in manifest.metrics["test_groups"]:
        if group["label"] == label:
            yield group["group"] or "(none)", group["n"], f"{1000 * group['likely']:.1f}"


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
