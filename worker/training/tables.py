"""Markdown tables for model cards."""

from collections.abc import Iterable, Sequence

Row = Sequence[object]


def table(head: Row, rows: Iterable[Row]) -> str:
    """Render a Markdown table, with an empty line after it."""
    lines = (head, ["---"] * len(head), *rows)
    cells = (" | ".join(str(cell).replace("|", "/") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in cells) + "\n"
