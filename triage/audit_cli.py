"""Commands over the audit log, under `flagpost audit`."""

from typing import Annotated

import typer

from triage import audit, fleet
from triage.db import session_scope
from triage.screen import complain, note, print_json

app = typer.Typer(help="The log of looks, un-blurs, decisions and logins.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Keep `verify` a command of its own though it is the only one."""


@app.command(epilog="Example: flagpost audit verify --json")
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False,
) -> None:
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
