"""Commands over the machine: `up`, `demo`, `migrate`, `doctor`, and the accounts under `user`."""

import secrets
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel
from rich.table import Table

from triage import audit_cli, db, embedded, fleet, identity, ports, schema, users_cli
from triage import doctor as checks
from triage.db import session_scope
from triage.models.analysts import Role
from triage.screen import cell, err, note, out, print_json
from triage.settings import get_settings

SAMPLES = Path(__file__).with_name("samples") / "posts.jsonl"
DEMO_NAME = "demo"


def add_machine_commands(app: typer.Typer) -> None:
    """Add this module's commands to `flagpost`."""
    app.command(epilog="Example: flagpost up --port 8700")(up)
    app.command(epilog="Example: flagpost demo")(demo)
    app.command(epilog="Example: FLAGPOST_DATABASE_URL=postgresql://… flagpost migrate")(migrate)
    app.command(epilog="Example: flagpost doctor --json")(doctor)
    app.add_typer(users_cli.app, name="user", help="Accounts of the people who review.")
    app.add_typer(audit_cli.app, name="audit")


Host = Annotated[
    str | None, typer.Option(help="Address of the console.", show_default="FLAGPOST_CONSOLE_HOST")
]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port of the console.", show_default="FLAGPOST_CONSOLE_PORT"),
]


def up(host: Host = None, port: Port = None) -> None:
    """Run everything on this machine: databases, worker, reader, beat and console. Ctrl-C stops it all."""
    _run_everything(host, port, demo=False)


def demo(host: Host = None, port: Port = None) -> None:
    """Run everything, score the sample posts, show what was flagged and why, and keep the console running."""
    _run_everything(host, port, demo=True)


def _run_everything(host: str | None, port: int | None, *, demo: bool) -> None:
    address, free_port = _listening_place(host, port)
    try:
        with ExitStack() as stack:
            stack.enter_context(fleet.interruptible())
            note("Starting databases, workers, beat and console ...")
            stack.enter_context(fleet.services())
            parts = stack.enter_context(fleet.everything(address, free_port))
            login = _demonstrate() if demo else None
            _welcome(f"http://{address}:{free_port}/", login)
            fleet.watch(parts)
    except KeyboardInterrupt:
        note("Stopped.")


def migrate() -> None:
    """Bring the database to the newest schema. Safe to run again."""
    with embedded.database():
        db.reachable()
        schema.migrate()
        note(f"The database has schema {schema.version()}.")


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False) -> None:
    """Check database, broker, models, free disk and clock, and say what to do about each."""
    found = checks.examine()
    if as_json:
        print_json([check.model_dump() for check in found])
    else:
        out.print(_as_table(found))
    raise typer.Exit(0 if all(check.ok for check in found) else 1)


def _as_table(found: list[checks.Check]) -> Table:
    table = Table(title="flagpost doctor", title_justify="left")
    for name in ("", "check", "found", "what to do"):
        table.add_column(name)
    for check in found:
        mark = "[green]ok[/]" if check.ok else "[bold red]no[/]"
        table.add_row(mark, *map(cell, (check.name, check.found, check.remedy)))
    return table


def _listening_place(host: str | None, port: int | None) -> tuple[str, int]:
    """Return where the console will listen; find out now, not after everything else has started.

    Raises:
        PortTaken: another program listens there.
    """
    settings = get_settings()
    address = host or settings.console_host
    wanted = settings.console_port if port is None else port
    return address, ports.free_port("console", address, wanted)


def _demonstrate() -> str:
    """Score the sample posts and show the queue; return the login for the console."""
    command = [sys.executable, "-m", "triage"]
    subprocess.run([*command, "run", str(SAMPLES)], check=False)
    subprocess.run([*command, "cases"], check=False)
    password = secrets.token_urlsafe(9)
    with session_scope() as session:
        if DEMO_NAME in {analyst.name for analyst in identity.analysts(session)}:
            identity.set_password(session, DEMO_NAME, password)
        else:
            identity.add_analyst(session, DEMO_NAME, password, Role.ANALYST)
    return f"log in as [bold]{DEMO_NAME}[/] with password [bold]{password}[/]"


def _welcome(address: str, login: str | None) -> None:
    how = login or "make a login with `flagpost user add NAME`"
    err.print(Panel(f"The console runs at [bold]{address}[/]\n{how}\nCtrl-C stops everything.", expand=False))
