"""An evaluation on the terminal: tables of its summary."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from triage.screen import cell, out
from worker.evaluation.figures import MEANINGS, TITLES

SHOWN_MISTAKES = 5


def show(summary: dict[str, Any]) -> None:
    """Write the tables for people; see `summary.summarise`."""
    model, pictures = summary["model"], summary["pictures"]
    title = (
        f"{model['scorer']} {model['version']}: {pictures['gun']} guns, {pictures['not_gun']} other pictures"
    )
    rows = [(TITLES[name], *_spanned(model["figures"][name]), text) for name, text in MEANINGS.items()]
    speed = (
        "milliseconds",
        f"{model['milliseconds']:.1f}",
        "",
        "a picture, for the model alone on this machine",
    )
    out.print(_table(f"{title} (split: {summary['split']})", "figure >value >95_% meaning", [*rows, speed]))
    levels = [
        (level, *(f"{at[name]:.4f}" for name in ("threshold", "recall", "false_positive_rate", "precision")))
        for level, at in model["levels"].items()
    ]
    out.print(_table("Levels", "level >threshold >recall >false-positive_rate >precision", levels))
    parts = [
        (
            row["name"],
            row["label"],
            row["n"],
            f"{row['share']:.3f}",
            "too few" if row["few"] else _span(row, 3),
        )
        for row in summary["slices"]
        if row["section"] == "what"
    ]
    out.print(
        _table("Parts, flagged share (kinds and sources: --report)", "slice shows >n >share >95_%", parts)
    )
    for name, heading in (("false_alarms", "Worst false alarms"), ("misses", "Worst misses")):
        _show_pictures(f"{heading} of {len(summary[name])}", summary[name])
    if summary["comparison"]:
        _show_comparison(summary["comparison"])


def _show_comparison(comparison: dict[str, Any]) -> None:
    rows = [
        (
            TITLES[name],
            f"{change['value']:+.4f}",
            _span(change, 4),
            "yes" if change["low"] * change["high"] > 0 else "no",
        )
        for name, change in comparison["differences"].items()
    ]
    title = f"Change against {comparison['against']['version']}"
    out.print(_table(title, "figure >change >95_% sure", rows))
    for name in ("better", "worse"):
        _show_pictures(f"{len(comparison[name])} pictures got {name}; the most", comparison[name])


def _show_pictures(title: str, pictures: list[dict[str, Any]]) -> None:
    if pictures:
        rows = [(row["picture"], row["kind"], _probability(row)) for row in pictures[:SHOWN_MISTAKES]]
        out.print(_table(title, "picture kind >probability", rows))


def _probability(row: dict[str, Any]) -> str:
    before = f"{row['before']:.3f} → " if "before" in row else ""
    return f"{before}{row['probability']:.3f}"


def _spanned(figure: dict[str, float]) -> tuple[str, str]:
    return f"{figure['value']:.4f}", _span(figure, 4)


def _span(figure: dict[str, float], digits: int) -> str:
    return f"{figure['low']:.{digits}f} to {figure['high']:.{digits}f}"


def _table(title: str, columns: str, rows: Sequence[tuple[object, ...]]) -> Table:
    """Make a table; a column's > aligns it right, its _ is a space."""
    table = Table(title=cell(title), title_justify="left")
    for column in columns.split():
        name = column.removeprefix(">").replace("_", " ")
        table.add_column(name, justify="right" if column.startswith(">") else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(cell, row))
    return table
