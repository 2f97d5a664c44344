"""The commands that ingest adds to `flagpost`: `run`, `intake`, and those of `ingest` and `source`."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ingest import adapters, ingest_cli, intake_cli, source_cli
from ingest.adapter import Adapter
from ingest.report import Report
from ingest.run import Summary, pump
from ingest.wait import await_readings, await_scores
from triage import fleet, post_readings, posts, readings, scores
from triage.db import session_scope
from triage.errors import ServiceUnavailable
from triage.post_readings import Progress
from triage.posts import Tally
from triage.screen import err, out, print_json
from triage.workforce import Workforce

KINDS = """A .jsonl or .csv file of posts; a folder of pictures and captions; an export of Telegram (its
folder or result.json); mails (.mbox, .eml, a maildir, a folder of .eml files); a feed (.xml, .rss, .atom);
a legal return of Meta (.zip)."""
EXAMPLES = """
Examples:

  flagpost run posts.jsonl

  flagpost run export.csv --source forum --json

  flagpost run pictures/

  flagpost run ChatExport_2026-11-21/ --source a-channel

Exit codes: 0 every post was stored or known already, 1 some were rejected, 2 misuse, 3 a service is
not available or --timeout is over. Interrupted, run it again: it goes on where it stopped.
"""


def register(app: typer.Typer) -> None:
    """Add ingest's commands to `flagpost`."""
    app.command("run", epilog=EXAMPLES)(run)
    app.command("intake", epilog=intake_cli.EXAMPLES)(intake_cli.intake)
    app.add_typer(ingest_cli.app, name="ingest")
    app.add_typer(source_cli.app, name="source")


@dataclass(frozen=True)
class Outcome:
    """What a run did: items read, what became of them, and the seconds from first read to last score.

    The words in pictures are read after that, and are in the figures but not in the seconds.
    """

    summary: Summary
    tally: Tally
    pictures: Progress
    seconds: float

    def figures(self) -> dict[str, float]:
        """Return the figures under the names that `--json` promises."""
        return {
            "posts": self.summary.posts,
            "stored": self.summary.stored,
            "duplicates": self.summary.duplicates,
            "rejected": self.summary.rejected,
            "deleted": self.summary.deleted,
            "scored": self.tally.scored,
            "failed": self.tally.failed,
            "flagged": self.tally.flagged,
            "pictures_read": self.pictures.read,
            "seconds": round(self.seconds, 3),
        }


def run(
    posts: Annotated[Path, typer.Argument(help=KINDS)],
    source: Annotated[
        str | None, typer.Option(help="Source of posts that name none.", show_default="the file's name")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object for machines.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(min=0, help="Longest wait for the scores, in seconds.", show_default="none"),
    ] = None,
) -> None:
    """Store the posts of a file or folder, score them and read their pictures, wait, and summarise."""
    adapter, name = adapters.for_path(posts, source)
    outcome = _run(adapter, name, timeout)
    if as_json:
        print_json(outcome.figures())
    else:
        out.print(_table(outcome))
    if outcome.tally.pending:
        raise ServiceUnavailable(
            f"{outcome.tally.pending} posts still wait for their scores. They are safe in the database: "
            "keep a worker running (`flagpost up`), and look with `flagpost cases`."
        )
    if outcome.pictures.waiting:
        raise ServiceUnavailable(
            f"{outcome.pictures.waiting} pictures still wait to be read for words. They are safe in the "
            "database: keep a reader running (`flagpost up`); what it finds opens cases by itself."
        )
    raise typer.Exit(1 if outcome.summary.rejected else 0)


def _run(adapter: Adapter, source: str, timeout: float | None) -> Outcome:
    with ExitStack() as stack:
        stack.enter_context(fleet.interruptible())
        with err.status("Starting what does not run yet"):
            stack.enter_context(fleet.services())
            workforce = Workforce(stack)
        report = stack.enter_context(Report())
        begin = time.monotonic()
        summary = pump(adapter, source, report.page)

        def watch(tally: Tally) -> None:
            report.scores(tally)
            workforce.check()

        tally = await_scores(summary.waiting, watch, timeout)
        seconds = time.monotonic() - begin
        left = None if timeout is None else max(0, timeout - seconds)
        pictures = _read(summary.waiting, report, workforce, left) if not tally.pending else Progress()
        with session_scope() as session:
            report.tell(scores.problems(session, summary.waiting))
            report.tell(post_readings.problems(session, summary.waiting))
            tally = posts.tally(session, summary.waiting)  # anew: words found in pictures flag posts, too
        return Outcome(summary, tally, pictures, seconds)


def _read(post_ids: Sequence[int], report: Report, workforce: Workforce, timeout: float | None) -> Progress:
    """Wait until the posts' pictures are read, where they are."""
    if not readings.switched_on():
        return Progress()

    def watch(found: Progress) -> None:
        report.readings(found)
        workforce.check()

    return await_readings(post_ids, watch, timeout)


def _table(outcome: Outcome) -> Table:
    table = Table(title="flagpost run", title_justify="left", show_header=False)
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in outcome.figures().items():
        table.add_row(name, f"{value:,}")
    return table
