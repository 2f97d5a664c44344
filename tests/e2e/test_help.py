"""The help of every command, as people see it."""

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

import pytest
import typer

from triage.cases_cli import add_case_commands
from triage.machine_cli import add_machine_commands


def every_command() -> Iterator[tuple[str, Any]]:
    app = typer.Typer(name="flagpost", help="The test's own.")
    add_machine_commands(app)
    add_case_commands(app)
    for commands in entry_points(group="flagpost.commands"):
        commands.load()(app)
    yield from walk("flagpost", typer.main.get_command(app))


def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for part, inner in getattr(command, "commands", {}).items():
        yield from walk(f"{name} {part}", inner)


@pytest.mark.parametrize(("name", "command"), [pytest.param(*one, id=one[0]) for one in every_command()])
def test_no_option_s_help_holds_what_its_markup_would_swallow(name: str, command: Any) -> None:
    texts = {parameter.name: getattr(parameter, "help", None) or "" for parameter in command.params}
    assert {option: text for option, text in texts.items() if "[" in text} == {}
    assert command.help, f"{name} has no help"


def test_every_command_is_looked_at() -> None:
    names = [name for name, _ in every_command()]
    assert {"flagpost up", "flagpost ingest run", "flagpost train transfer text"} <= set(names)
