"""Commands over the audit log, under `flagpost audit`."""

from typing import Annotated, Any

import typer
from rich.table import Table

from triage import audit, fleet, models
from triage.db import session_scope
from triage.screen import cell, complain, note, out, print_json

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]

app = typer.Typer(help="The log of looks, un-blurs, decisions and logins.", no_args_is_help=True)


@app.command(
    epilog="Examples: flagpost audit show --subject source:fediverse · "
    "flagpost audit show --action case.viewed --json"
)
def show(
    actor: Annotated[str | None, typer.Option(help="Only what this account did.")] = None,
    action: Annotated[audit.Deed | None, typer.Option(help="Only such deeds.", metavar="DEED")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Only what was done to this, such as case:12 or source:fediverse.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the newest entries, oldest first."""
    with fleet.services(), session_scope() as session:
        found = audit.newest(session, limit, actor=actor, action=action, subject=subject)
        rows = [_row(entry) for entry in found]
    if as_json:
        print_json(rows)
    else:
        out.print(_table(rows) if rows else "No such entry.")


def _row(entry: models.AuditEntry) -> dict[str, Any]:
    named = {name: getattr(entry, name) for name in ("id", "actor", "action", "subject", "detail")}
    return named | {"at": entry.at.isoformat()}


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("Entry", "When (UTC)", "Who", "Did", "To", "More")
    for row in rows:
        more = ", ".join(f"{name} {value}" for name, value in row["detail"].items())
        when = row["at"][:19].replace("T", " ")
        told = (row["id"], when, row["actor"], row["action"], row["subject"], more)
        table.add_row(*map(cell, told))
    return table


@app.command(epilog="Example: flagpost audit verify --json")
def verify(as_json: AsJson = False) -> None:
    """Check that no entry was changed, moved or removed. Exit 1 where one was."""
    with fleet.services(), session_scope() as session:
        broken = audit.verify(session)
        entries, newest = audit.extent(session)
    if as_json:
        print_json({"entries": entries, "newest_hash": newest, "broken_at": broken.id if broken else None})
    elif broken:
        complain(f"Entry {broken.id} of {broken.at:%Y-%m-%d %H:%M} UTC does not fit: changed there.")
    else:
        note(f"All {entries} entries fit. Newest hash, to be kept elsewhere: {newest}")
    raise typer.Exit(1 if broken else 0)
