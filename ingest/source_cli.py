"""Commands over sources: `flagpost source approve`, `withdraw` and `status`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from ingest import sources
from triage import approvals, checkpoints, fleet, models
from triage.approvals import Terms
from triage.db import session_scope
from triage.errors import ConfigurationError
from triage.screen import cell, note, out, print_json
from triage.settings import get_settings

EXAMPLES = """
Examples:

  flagpost source approve fediverse --by "Capt. R. Example" --authority "State Act 12, section 4"
    --use "triage of threats" --expires 2027-06-30

  flagpost source withdraw fediverse --by "Capt. R. Example" --why "agreement ended"

  flagpost source status --json
"""
DAY = ["%Y-%m-%d"]

app = typer.Typer(
    help="Who answers for reading a source, and until when.", no_args_is_help=True, epilog=EXAMPLES
)

Name = Annotated[str, typer.Argument(help="Name of the source.")]
By = Annotated[str, typer.Option("--by", help="Who answers for it: name and office.")]


@app.command()
def approve(
    name: Name,
    by: By,
    authority: Annotated[str, typer.Option(help="Law, warrant or agreement that allows it.")],
    use: Annotated[str, typer.Option(help="What the posts may be used for.")],
    expires: Annotated[datetime, typer.Option(formats=DAY, help="Last day (UTC) on which it may be read.")],
) -> None:
    """Record that somebody answers for reading a source; it takes the place of an earlier approval."""
    end = expires.replace(hour=23, minute=59, second=59, tzinfo=UTC)
    with fleet.services(), session_scope() as session:
        approvals.approve(session, sources.check_name(name), Terms(by, authority, use, end))
    note(f"{name} may be read until the end of {end:%Y-%m-%d} UTC.")
    if get_settings().sources:
        _warn_of_unknown(name)


def _warn_of_unknown(name: str) -> None:
    """Say that no source is called so: it may be misspelt, or have its entry still to come."""
    try:
        sources.find(name)
    except ConfigurationError as error:
        note(f"The approval is recorded, but {name} cannot be read yet: {error}")


@app.command()
def withdraw(
    name: Name, by: By, why: Annotated[str, typer.Option(help="Why it ends, for the audit log.")]
) -> None:
    """End a source's approval now. Its posts stay, and leave on their clock."""
    with fleet.services(), session_scope() as session:
        approvals.withdraw(session, name, by, why)
    note(f"{name} is not read any more.")


@app.command("status")
def show(as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False) -> None:
    """Show who answers for each source, until when, how long ago it was read, and what went wrong."""
    configured = sources.configured() if get_settings().sources else {}
    with fleet.services(), session_scope() as session:
        read = checkpoints.everything(session)
        approved = {approval.source: approval for approval in approvals.newest(session)}
        names = sorted(configured.keys() | approved.keys())
        rows = [_row(name, approved.get(name), read.get(name)) for name in names]
    if as_json:
        print_json(rows)
    elif rows:
        out.print(_table(rows))
    else:
        note("No source is configured or approved yet. See docs/sources/README.md.")


def _row(source: str, approval: models.Approval | None, reading: models.Checkpoint | None) -> dict[str, Any]:
    terms = (
        {
            "approved_by": approval.approved_by,
            "authority": approval.authority,
            "use": approval.use,
            "until": approval.withdrawn_at or approval.expires_at,
        }
        if approval
        else dict.fromkeys(("approved_by", "authority", "use", "until"))
    )
    return {
        "source": source,
        "state": _state(approval),
        **terms,
        "lag_seconds": _lag(reading),
        "error": reading.failure if reading else None,
    }


def _lag(reading: models.Checkpoint | None) -> int | None:
    """Return the seconds since a reading last went well, None where none ever did."""
    if reading is None or reading.read_at is None:
        return None
    return round((datetime.now(UTC) - reading.read_at).total_seconds())


def _state(approval: models.Approval | None) -> str:
    if approval is None:
        return "not approved"
    if approval.withdrawn_at:
        return "withdrawn"
    return "ran out" if approval.expires_at <= datetime.now(UTC) else "approved"


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(title=f"{len(rows)} sources", title_justify="left")
    for name in ("source", "approval", "by", "authority and use", "last read", "last error"):
        table.add_column(name, no_wrap=name == "approval")
    for row in rows:
        state = "until" if row["state"] == "approved" else row["state"]
        day = f" {row['until']:%Y-%m-%d}" if row["until"] else ""
        lag = "never" if row["lag_seconds"] is None else f"{timedelta(seconds=row['lag_seconds'])} ago"
        terms = f"{row['authority']}: {row['use']}" if row["authority"] else ""
        shown = (row["source"], state + day, row["approved_by"] or "", terms, lag, row["error"] or "")
        table.add_row(*map(cell, shown))
    return table
