"""The command `flagpost evaluate image`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from triage.screen import complain, err, note, print_json
from triage.settings import get_settings
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
SHOWN_PROBLEMS = 20


class Split(StrEnum):
    """What part of a dataset to measure on."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    ALL = "all"


def evaluate_image(
    data: Annotated[Path | None, typer.Option(help="Labelled pictures: a folder or an index CSV.")] = None,
    artifact: Annotated[
        Path | None, typer.Option(help="Folder of the model. By default the one that serves.")
    ] = None,
    against: Annotated[Path | None, typer.Option(help="Folder of another model to compare it with.")] = None,
    split: Annotated[
        Split | None,
        typer.Option(help="Pictures to measure on. By default test where there are splits, else all."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write report.html, report.json and plots into this folder."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Measure on at most so many pictures of each class and split.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False,
) -> None:
    """Measure a gun_image model on labelled pictures, or compare two (needs the train extra)."""
    with train_extra():
        from worker.evaluation import report as reports
        from worker.evaluation.image import evaluate
        from worker.evaluation.summary import summarise
        from worker.evaluation.tables import show
    if report:
        _prepare(report)
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
    _name_problems(summary["unreadable"])


def _prepare(folder: Path) -> None:
    """Make the report's folder before the long part, not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"cannot write the report to {folder}: {error.strerror}") from error


def _name_problems(problems: list[str]) -> None:
    if not problems:
        return
    for problem in problems[:SHOWN_PROBLEMS]:
        complain(problem)
    more = len(problems) - SHOWN_PROBLEMS
    complain(f"{len(problems)} left out of all figures{f' ({more} not named here)' if more > 0 else ''}.")
    raise typer.Exit(1)
