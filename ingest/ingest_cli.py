"""Commands over configured sources: `flagpost ingest run` and `list`."""

import signal
from threading import Event
from typing import Annotated

import typer
from rich.table import Table

from ingest import follow, sources
from ingest.report import Report
from triage import fleet
from triage.screen import cell, note, out, print_json
from triage.settings import get_settings

EXAMPLES = """
Examples:

  flagpost ingest run fediverse --once --json

  flagpost ingest run fediverse --follow      (until Ctrl-C or SIGTERM)

Exit codes: 0 every post was stored or known already, 1 some were rejected, 2 misuse, or nobody answers for
the source, 3 a service is not available.
"""

FIGURES = ("posts", "stored", "duplicates", "rejected", "deleted")

app = typer.Typer(help="Read the sources that FLAGPOST_SOURCES names.", no_args_is_help=True)


@app.command(epilog=EXAMPLES)
def run(
    name: Annotated[str, typer.Argument(help="Name of the source.")],
    follow_it: Annotated[
        bool, typer.Option("--follow/--once", help="Read it again and again, or once to its end.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object for machines.")] = False,
) -> None:
    """Store and queue the posts of a source, from where it was left. Workers score them: `flagpost up`."""
    source, stop = sources.find(name), _stopped_by_signal()
    with fleet.services(), Report() as report:
        reading = follow.follow if follow_it else follow.read
        if follow_it:
            note(f"Following {name}: Ctrl-C stops it after the page at hand.")
        summary = reading(source, report.page, stop)
    figures = {key: getattr(summary, key) for key in FIGURES}
    if as_json:
        print_json(figures)
    else:
        note(f"{name}: " + ", ".join(f"{count:,} {key}" for key, count in figures.items()))
        if summary.rejected:
            note("What was rejected is told once; `flagpost rejected` lists it.")
    raise typer.Exit(1 if summary.rejected else 0)


@app.command("list")
def show(as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False) -> None:
    """Show the configured sources, and the adapters that are installed."""
    known = sources.configured() if get_settings().sources else {}
    found = [{"source": one.name, "adapter": one.adapter, "every": one.every} for one in known.values()]
    if as_json:
        print_json({"sources": found, "adapters": sources.adapters()})
        return
    note(f"Adapters installed: {', '.join(sources.adapters())}")
    if not found:
        note("No sources are configured: set FLAGPOST_SOURCES. See docs/sources/README.md.")
        return
    table = Table(title=f"{len(found)} sources", title_justify="left")
    for column in ("source", "adapter", "seconds between readings"):
        table.add_column(column)
    for row in found:
        table.add_row(*map(cell, row.values()))
    out.print(table)


def _stopped_by_signal() -> Event:
    """Return an event that SIGTERM and Ctrl-C set: the page at hand is stored, then reading stops."""
    stop = Event()
    for at in (signal.SIGTERM, signal.SIGINT):
        signal.signal(at, lambda *_: stop.set())
    return stop
