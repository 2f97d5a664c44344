"""`flagpost`: the commands of the review system, and the door for those of ingest and worker."""

import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer

from triage import __version__
from triage.cases_cli import add_case_commands
from triage.errors import (
    ArtifactError,
    ConfigurationError,
    FetchFailed,
    FlagpostError,
    InputError,
    NotApproved,
    PortTaken,
    ServiceUnavailable,
    TrainingError,
)
from triage.machine_cli import add_machine_commands
from triage.screen import complain

MISUSE, UNAVAILABLE = 2, 3
NOT_USABLE = (ConfigurationError, NotApproved, InputError, ArtifactError, TrainingError)
"""What was asked for cannot be done with what was handed in."""
EXIT_CODES = """
Exit codes: 0 all went well, 1 some items were rejected or failed, 2 the command was misused,
3 a service (database, broker, port, the server of a source) is not available.
"""

app = typer.Typer(
    name="flagpost",
    help="Social-media post triage: score posts, flag the few that matter, let people decide.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"flagpost {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Let typer show the version before any command."""


def main() -> None:
    """Run the command line: errors of Flagpost become one clear message and an exit code."""
    add_machine_commands(app)
    add_case_commands(app)
    for commands in entry_points(group="flagpost.commands"):
        commands.load()(app)
    try:
        app()
    except FlagpostError as error:
        complain(str(error))
        sys.exit(_exit_code(error))
    except KeyboardInterrupt:
        complain("Interrupted.")
        sys.exit(130)


def _exit_code(error: FlagpostError) -> int:
    if isinstance(error, ServiceUnavailable | PortTaken) or (
        isinstance(error, FetchFailed) and error.passing
    ):
        return UNAVAILABLE
    return MISUSE if isinstance(error, NOT_USABLE) else 1
