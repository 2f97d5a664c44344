"""The model card of gun_image, written from what was measured."""

from collections.abc import Iterable, Sequence

from worker.manifest import Manifest
from worker.training.pictures import Dataset
from worker.training.sources import Source

Row = Sequence[object]

USES = """\
## What it is for

It scores **pictures of posts**, so that analysts see first what may need them. It never scores persons.

- A gun in a picture is no crime. By default a gun alone flags nothing; a rule must also weigh the text.
- Every flagged post is read and decided on by a person.

Not for: deciding anything without a person; identifying, profiling or ranking people; live surveillance;
proof that a picture shows no gun.
"""

LIMITS = """\
## Limits

- Seen in training: mostly catalogue, film and hand-held pistols. Fewer long guns; hardly any toy guns
  or mirror selfies.
- Its false alarms were mostly dark, long or hand-held objects, and persons. Expect more of them on pictures
  from sources unlike those below; figures on the test split (same sources as training) are the better case.
- A gun a few pixels large is missed: pictures are squashed to {size} x {size} pixels.
- Drawings, game screenshots and memes are rare in the data; augmentation stands in for them in part.
- Labels have some noise, and nobody measured differences between groups of people.
"""


def gun_image(manifest: Manifest, dataset: Dataset, sources: Iterable[Source]) -> str:
    """Render the card as Markdown."""
    points, metrics = manifest.operating_points, manifest.metrics
    counts = [(split, found["gun"], found["not_gun"]) for split, found in dataset.counts().items()]
    names = [name for name in metrics["test"] if name not in ("n", "positives")]
    figures = [(name, *(f"{metrics[split][name]:.4f}" for split in ("validation", "test"))) for name in names]
    return "\n".join(
        (
            f"# {manifest.scorer} {manifest.version}\n",
            "MobileNetV2, fine-tuned from ImageNet weights: does a picture show a gun?\n",
            USES,
            "## How good it is\n",
            "Recall, false-positive rate and precision at the `likely` point. Thresholds were chosen on the",
            "validation split; the test split was used once, for this table.\n",
            table(("figure", "validation", "test"), figures),
            "## Operating points\n",
            "Calibrated probability (Platt scaling on validation) from which a picture counts as:\n",
            table(("level", "threshold"), [(name, f"{value:.4f}") for name, value in points]),
            LIMITS.format(**manifest.input),
            "## Data\n",
            table(("split", "gun", "not gun"), counts),
            table(("source", "licence found", "pictures"), sources),
        )
    )


def table(head: Row, rows: Iterable[Row]) -> str:
    """Render a Markdown table, with an empty line after it."""
    lines = (head, ["---"] * len(head), *rows)
    cells = (" | ".join(str(cell).replace("|", "/") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in cells) + "\n"
