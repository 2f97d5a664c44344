"""Run labelled captions through the scorer that serves, so that what is measured is what posts will meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from triage.contracts import Score
from triage.errors import TrainingError
from triage.screen import err
from worker import manifest
from worker.evaluation.answers import Answers
from worker.manifest import Artifact
from worker.scorers.violence_text import ViolenceText
from worker.training.text.captions import Split, find, read

CHUNK = 256
"""Captions handed to the scorer at once."""
DEFAULT = "test"
"""The file to measure on, where a folder is given."""


@dataclass(frozen=True)
class Evaluation:
    """The captions that could be scored, those that could not, and what one or two artifacts said."""

    data: Path
    captions: Split
    problems: tuple[str, ...]
    kinds: tuple[str | None, ...]
    """Of threat, as the artifact named them, (n,); None where it named none."""
    answers: Answers
    against: Answers | None = None

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n,): 1 for violent."""
        return self.captions.labels


def evaluate(
    data: Path, artifact: Path | None = None, against: Path | None = None, *, limit: int | None = None
) -> Evaluation:
    """Measure one or two artifacts on labelled captions.

    Args:
        data: CSV or CSV.GZ file (see `captions`), or a folder whose `test` file is taken.
        artifact: folder of the model to judge; by default the one that serves.
        against: folder of a model to compare it with.
        limit: most captions of each label, drawn evenly; None for all.

    Raises:
        ArtifactError: an artifact is missing, altered, of another scorer or of another layout.
        TrainingError: the data is missing, cannot be read or lacks a label.
    """
    models = [
        manifest.load(ViolenceText.name, folder) for folder in (artifact, *([against] if against else []))
    ]
    path = located(data)
    captions = read(path, limit)
    scored = [_run(model, captions.texts) for model in models]
    kept = np.array(
        [
            all(answer is not None for answer in said)
            for said in zip(*(run.said for run in scored), strict=True)
        ]
    )
    problems = tuple(f"{captions.texts[at][:60]!r} holds no words" for at in np.flatnonzero(~kept))
    answers = [
        Answers(
            model,
            np.array([said for said, keep in zip(run.said, kept, strict=True) if keep]),
            run.milliseconds,
        )
        for model, run in zip(models, scored, strict=True)
    ]
    kinds = tuple(kind for kind, keep in zip(scored[0].kinds, kept, strict=True) if keep)
    return Evaluation(path, captions.where(kept), problems, kinds, *answers)


def located(data: Path) -> Path:
    """Return the file to measure on.

    Raises:
        TrainingError: there is none.
    """
    path = find(data, DEFAULT) if data.is_dir() else data
    if path is None or not path.is_file():
        raise TrainingError(
            f"{data} is no file of captions, nor a folder with test.csv or test.csv.gz. Give --data a CSV "
            "file with the columns text and label."
        )
    return path


@dataclass(frozen=True)
class Run:
    """Probabilities, None where a caption could not be scored, kinds named, and milliseconds a caption."""

    said: list[float | None]
    kinds: list[str | None]
    milliseconds: float


def _run(artifact: Artifact, texts: Sequence[str]) -> Run:
    """Score captions, sorted by nothing: as they come in service."""
    scorer = ViolenceText(artifact)
    scores: list[Score] = []
    spent: list[float] = []
    starts = range(0, len(texts), CHUNK)
    for start in track(
        starts, f"Scoring captions, {artifact.manifest.version}", console=err, disable=not err.is_terminal
    ):
        chunk = list(texts[start : start + CHUNK])
        began = perf_counter()
        scores += scorer.score(chunk)
        spent.append((perf_counter() - began) * 1000 / len(chunk))
    kinds = [score.evidence.get("kind", {}).get("name") for score in scores]
    return Run([score.probability for score in scores], kinds, median(spent[1:] or spent))
