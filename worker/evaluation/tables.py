"""Tables that every evaluation shows on the terminal."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from triage.screen import cell
from worker.evaluation.figures import TITLES


def levels(model: dict[str, Any]) -> Table:
    """Show what each level of a model finds and costs; see `answers.judged`."""
    names = ("threshold", "recall", "false_positive_rate", "precision")
    rows = [(level, *(f"{at[name]:.4f}" for name in names)) for level, at in model["levels"].items()]
    return made("Levels", "level >threshold >recall >false-positive_rate >precision", rows)


def changes(comparison: dict[str, Any]) -> Table:
    """Show how figures changed; see `answers.compared`."""
    rows = [
        (
            TITLES[name],
            f"{change['value']:+.4f}",
            span(change, 4),
            "yes" if change["low"] * change["high"] > 0 else "no",
        )
        for name, change in comparison["differences"].items()
    ]
    return made(f"Change against {comparison['against']['version']}", "figure >change >95_% sure", rows)


def spanned(figure: dict[str, float]) -> tuple[str, str]:
    """Return a figure and its interval."""
    return f"{figure['value']:.4f}", span(figure, 4)


def span(figure: dict[str, float], digits: int) -> str:
    """Return an interval."""
    return f"{figure['low']:.{digits}f} to {figure['high']:.{digits}f}"


def made(title: str, columns: str, rows: Sequence[tuple[object, ...]]) -> Table:
    """Make a table; a column's > aligns it right, its _ is a space."""
    table = Table(title=cell(title), title_justify="left")
    for column in columns.split():
        name = column.removeprefix(">").replace("_", " ")
        table.add_column(name, justify="right" if column.startswith(">") else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(cell, row))
    return table


def kinds(rows: Sequence[dict[str, Any]]) -> Table:
    """How often the kind that was named is one that the label leaves open; see `kinds.counted`."""
    named = [
        (row["kind"], row["n"], f"{row['share']:.1%}", f"{row['low']:.0%} to {row['high']:.0%}")
        for row in rows
    ]
    return made("Kinds named: how often the label leaves them open", "kind >n >share >95_%", named)
