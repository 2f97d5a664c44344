"""What commands write: tables and notes for people, JSON for machines."""

import json
import sys

from rich.console import Console
from rich.text import Text

out = Console()
"""Standard output: results."""
err = Console(stderr=True)
"""Standard error: progress, notes and complaints, so that output stays clean for machines."""
JOINER = "\u200d"
"""Joins emoji to one, such as a family; by itself it shows nothing."""


def print_json(value: object) -> None:
    """Write one JSON value and a newline to standard output, colourless and in one piece."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def complain(message: str) -> None:
    """Write an error message to standard error."""
    err.print(Text("error:", "bold red"), end=" ")
    err.print(cell(message), highlight=False)


def printable(text: str) -> str:
    """Escape what could play tricks on a terminal: captions and the names of files come from anybody."""
    return "".join(sign if sign.isprintable() or sign == JOINER else ascii(sign)[1:-1] for sign in text)


def cell(value: object) -> Text:
    """Return a value for a table, on as many lines as it has; nothing in it is read as markup."""
    return Text("\n".join(printable(line) for line in str(value).split("\n")))


def note(message: str) -> None:
    """Write a note to standard error."""
    err.print(message, markup=False, highlight=False, style="dim")
