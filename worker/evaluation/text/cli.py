"""The command `flagpost evaluate text`."""

from pathlib import Path
from typing import Annotated, Any

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

  flagpost evaluate text --data test.csv

  flagpost evaluate text --behaviour

  flagpost evaluate text --artifact new/violence --against old/violence

A file of captions has the columns text and label (1 violent, 0 not); perhaps
group, fine_label, source and license. Of a folder, test.csv is taken.

Exit codes: 0 all measured, 1 some captions could not be scored, 2 misuse.
"""


def evaluate_text(
    data: Annotated[
        Path | None, typer.Option(help="Labelled captions: a CSV file, or a folder with test.csv.")
    ] = None,
    artifact: ArtifactOption = None,
    against: AgainstOption = None,
    behaviour: Annotated[
        bool, typer.Option("--behaviour", help="Run the behavioural suite; alone, or beside --data.")
    ] = False,
    report: ReportOption = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Measure on at most so many captions of each label.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a violence_text model on labelled captions, or compare two (needs the train extra)."""
    with train_extra():
        from worker.evaluation.text import report as reports
        from worker.evaluation.text import tables
        from worker.evaluation.text.measure import evaluate
        from worker.evaluation.text.summary import summarise
    if behaviour and not data and (report or against):
        raise typer.BadParameter("--report and --against compare captions: give --data beside --behaviour")
    if report:
        prepare(report)
    suite = _examined(artifact) if behaviour else None
    if suite and not data:
        print_json(suite) if as_json else tables.show_behaviour(suite)
        return
    evaluation = evaluate(data or get_settings().data / "text", artifact, against, limit=limit)
    with err.status("Measuring"):
        summary = summarise(evaluation) | {"behaviour": suite}
        page = reports.write(evaluation, summary, report) if report else None
    if as_json:
        print_json(summary)
    else:
        tables.show(summary)
        if suite:
            tables.show_behaviour(suite)
    if page:
        note(f"Report: {page}")
    name_problems(summary["wordless"])


def _examined(artifact: Path | None) -> dict[str, Any]:
    """Run the behavioural suite on a model."""
    from worker import manifest
    from worker.evaluation.behaviour import examine
    from worker.scorers.violence_text import ViolenceText

    with err.status("Running the behavioural suite"):
        return examine(ViolenceText(manifest.load(ViolenceText.name, artifact)))
