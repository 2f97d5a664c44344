"""The command `flagpost evaluate image`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from triage.screen import err, note, print_json
from triage.settings import get_settings
from worker.evaluation.options import (
    AgainstOption,
    ArtifactOption,
    JsonOption,
    ReportOption,
    name_problems,
    prepare,
)
from worker.extras import train_extra

EXAMPLES = """
Examples:

  flagpost evaluate image --data pictures/

  flagpost evaluate image --data pictures/ --report report/

  flagpost evaluate image --data pictures/index.csv --artifact new/gun_image --against old/gun_image --json

pictures/ holds gun/ and not_gun/, or train/, validation/ and test/ with these two in each, or an index.csv
(columns path and label; perhaps split, fine_class, source_repo, license; boxes.csv beside it).

Exit codes: 0 all measured, 1 some pictures could not be read, 2 misuse.
"""


class Split(StrEnum):
    """What part of a dataset to measure on."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    ALL = "all"


def evaluate_image(
    data: Annotated[Path | None, typer.Option(help="Labelled pictures: a folder or an index CSV.")] = None,
    artifact: ArtifactOption = None,
    against: AgainstOption = None,
    split: Annotated[
        Split | None,
        typer.Option(help="Pictures to measure on. By default test where there are splits, else all."),
    ] = None,
    report: ReportOption = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Measure on at most so many pictures of each class and split.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a gun_image model on labelled pictures, or compare two (needs the train extra)."""
    with train_extra():
        from worker.evaluation.image import report as reports
        from worker.evaluation.image.measure import evaluate
        from worker.evaluation.image.summary import summarise
        from worker.evaluation.image.tables import show
    if report:
        prepare(report)
    evaluation = evaluate(data or get_settings().data / "images", artifact, against, split=split, limit=limit)
    with err.status("Measuring"):
        summary = summarise(evaluation)
        page = reports.write(evaluation, summary, report) if report else None
    if as_json:
        print_json(summary)
    else:
        show(summary)
    if page:
        note(f"Report: {page}")
    name_problems(summary["unreadable"])
