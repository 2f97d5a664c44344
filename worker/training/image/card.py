"""The model card of gun_image, written from what was measured."""

from collections.abc import Iterable, Mapping, Sequence

from worker.manifest import Manifest
from worker.training.pictures import CLASSES

Row = Sequence[object]
Counts = Mapping[str, Mapping[str, int]]

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

- The test split has the same sources as training. Expect more errors on pictures from elsewhere.
- It hardly knows what is rare or absent in the tables here (toy guns, mirror selfies, drills, ...).
- A gun of a few pixels is easily missed: pictures are squashed to {size} x {size} pixels.
- Training imitates drawings and posters by altering photos; how well it reads real ones was not measured.
- Labels hold some errors, and no differences between groups of people were measured.
"""


def gun_image(manifest: Manifest, counts: Counts, sources: Iterable[Row]) -> str:
    """Render the card as Markdown.

    Args:
        manifest: of the artifact; its metrics hold `validation`, `test` and `by_kind`.
        counts: pictures by split and class.
        sources: rows of source, licence and number of pictures.
    """
    points, metrics = manifest.operating_points, manifest.metrics
    names = [name for name in metrics["test"] if name not in ("n", "positives")]
    figures = [(name, *(f"{metrics[split][name]:.4f}" for split in ("validation", "test"))) for name in names]
    kinds = [(*kind, f"{share:.3f}") for *kind, share in metrics["by_kind"]]
    return "\n".join(
        (
            f"# {manifest.scorer} {manifest.version}\n",
            "MobileNetV2, fine-tuned from ImageNet weights: does a picture show a gun?\n",
            USES,
            "## How good it is\n",
            "Recall, false-positive rate and precision at the `likely` point. Thresholds were chosen on the",
            "validation split alone.\n",
            table(("figure", "validation", "test"), figures),
            "Share of each kind that reaches `likely`, on the test split:\n",
            table(("class", "kind", "pictures", "share"), kinds),
            "## Operating points\n",
            "Calibrated probability (Platt scaling on validation) from which a picture counts as:\n",
            table(("level", "threshold"), [(name, f"{value:.4f}") for name, value in points]),
            LIMITS.format(**manifest.input),
            "## Data\n",
            table(("split", *CLASSES), [(split, *found.values()) for split, found in counts.items()]),
            table(("source", "licence found", "pictures"), sources),
        )
    )


def table(head: Row, rows: Iterable[Row]) -> str:
    """Render a Markdown table, with an empty line after it."""
    lines = (head, ["---"] * len(head), *rows)
    cells = (" | ".join(str(cell).replace("|", "/") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in cells) + "\n"
