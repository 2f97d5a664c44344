"""What commands write: tables and notes for people, JSON for machines."""

import json
import sys

from rich.console import Console

out = Console()
"""Standard output: results."""
err = Console(stderr=True)
"""Standard error: progress, notes and complaints, so that output stays clean for machines."""


def print_json(value: object) -> None:
    """Write one JSON value and a newline to standard output, colourless and in one piece."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def complain(message: str) -> None:
    """Write an error message to standard error."""
    err.print("[bold red]error:[/]", end=" ")
    err.print(message, markup=False, highlight=False)


def note(message: str) -> None:
    """Write a note to standard error."""
    err.print(message, markup=False, highlight=False, style="dim")
