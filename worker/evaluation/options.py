"""What the commands that evaluate have in common. Light: it is loaded with every `flagpost`."""

from pathlib import Path
from typing import Annotated

import typer

from triage.screen import complain

SHOWN_PROBLEMS = 20

ArtifactOption = Annotated[
    Path | None, typer.Option("--artifact", help="Folder of the model. By default the one that serves.")
]
AgainstOption = Annotated[
    Path | None, typer.Option("--against", help="Folder of another model to compare it with.")
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report", file_okay=False, help="Write report.html, report.json and plots into this folder."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]


def prepare(folder: Path) -> None:
    """Make the report's folder before the long part, not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"cannot write the report to {folder}: {error.strerror}") from error


def name_problems(problems: list[str]) -> None:
    """Name what was left out, and exit with 1, if anything was."""
    if not problems:
        return
    for problem in problems[:SHOWN_PROBLEMS]:
        complain(problem)
    more = len(problems) - SHOWN_PROBLEMS
    complain(f"{len(problems)} left out of all figures{f' ({more} not named here)' if more > 0 else ''}.")
    raise typer.Exit(1)
