"""The help of every command, as people see it."""

from collections.abc import Iterator
from importlib.metadata import entry_points

import click
import pytest
import typer

from triage.cases_cli import add_case_commands
from triage.machine_cli import add_machine_commands


def every_command() -> Iterator[tuple[str, click.Command]]:
    app = typer.Typer(name="flagpost", help="The test's own.")
    add_machine_commands(app)
    add_case_commands(app)
    for commands in entry_points(group="flagpost.commands"):
        commands.load()(app)
    yield from walk("flagpost", typer.main.get_command(app))


def walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for part, inner in command.commands.items():
            yield from walk(f"{name} {part}", inner)


@pytest.mark.parametrize(("name", "command"), [pytest.param(*one, id=one[0]) for one in every_command()])
def test_no_option_s_help_holds_what_its_markup_would_swallow(name: str, command: click.Command) -> None:
    texts = [parameter.help for parameter in command.params if isinstance(parameter, click.Option)]
    assert [text for text in texts if "[" in (text or "")] == []
    assert command.help, f"{name} has no help"
