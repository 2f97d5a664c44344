"""Commands over accounts: `flagpost user add`, `list` and `passwd`."""

import secrets
from typing import Annotated

import typer
from rich.table import Table

from triage import fleet, identity
from triage.db import session_scope
from triage.errors import InputError
from triage.models.analysts import Role
from triage.screen import cell, note, out, print_json

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the account.")]
PasswordFile = Annotated[
    typer.FileText | None,
    typer.Option(
        help="Read the password from this file's first line; `-`: from standard input.", encoding="utf-8"
    ),
]
Generate = Annotated[bool, typer.Option("--generate", help="Make up a password and print it, once.")]


@app.command(epilog="Examples: flagpost user add anna · flagpost user add ben --role supervisor --generate")
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the account may do.")] = Role.ANALYST,
    password_file: PasswordFile = None,
    generate: Generate = False,
) -> None:
    """Make an account. Asks for its password unless an option gives one."""
    password = _password(password_file, generate=generate)
    with fleet.services(), session_scope() as session:
        identity.add_analyst(session, name, password, role)
    note(f"{name} can log in, as {role.value}.")
    _show(password, generate=generate)


@app.command(epilog="Example: flagpost user passwd anna --password-file new-password.txt")
def passwd(name: Name, password_file: PasswordFile = None, generate: Generate = False) -> None:
    """Give an account a new password, open its lock and end its logins."""
    password = _password(password_file, generate=generate)
    with fleet.services(), session_scope() as session:
        identity.set_password(session, name, password)
    note(f"{name} has a new password and is logged out everywhere.")
    _show(password, generate=generate)


@app.command("list", epilog="Example: flagpost user list --json")
def show(as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False) -> None:
    """Show all accounts."""
    with fleet.services(), session_scope() as session:
        found = identity.analysts(session)
    fields = ("name", "role", "active", "created_at", "locked_until")
    rows = [{field: getattr(analyst, field) for field in fields} for analyst in found]
    if as_json:
        print_json(rows)
    elif rows:
        out.print(_table(rows))
    else:
        note("No accounts yet. Make one with `flagpost user add NAME`.")


def _table(rows: list[dict[str, object]]) -> Table:
    table = Table(title=f"{len(rows)} accounts", title_justify="left")
    for field in rows[0]:
        table.add_column(field)
    for row in rows:
        table.add_row(*(cell("" if value is None else value) for value in row.values()))
    return table


def _password(file: typer.FileText | None, *, generate: bool) -> str:
    if generate and file:
        raise typer.BadParameter("choose one: --generate or --password-file")
    if generate:
        return secrets.token_urlsafe(15)
    if file is None:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        return file.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError("The password file is not UTF-8 text.") from error


def _show(password: str, *, generate: bool) -> None:
    """Write a made-up password to standard output, alone, so that a script can take it."""
    if generate:
        typer.echo(password)
