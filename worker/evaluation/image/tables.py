"""An evaluation on the terminal: tables of its summary."""

from typing import Any

from triage.screen import out
from worker.evaluation.figures import TITLES
from worker.evaluation.subjects import GUN, meanings
from worker.evaluation.tables import changes, kinds, levels, made, span, spanned

SHOWN_MISTAKES = 5


def show(summary: dict[str, Any]) -> None:
    """Write the tables for people; see `summary.summarise`."""
    model, pictures = summary["model"], summary["pictures"]
    title = (
        f"{model['scorer']} {model['version']}: {pictures['gun']} guns, {pictures['not_gun']} other pictures"
    )
    rows = [(TITLES[name], *spanned(model["figures"][name]), text) for name, text in meanings(GUN).items()]
    speed = (
        "milliseconds",
        f"{model['milliseconds']:.1f}",
        "",
        "a picture, for the model alone on this machine",
    )
    out.print(made(f"{title} (split: {summary['split']})", "figure >value >95_% meaning", [*rows, speed]))
    out.print(levels(model))
    parts = [
        (
            row["name"],
            row["label"],
            row["n"],
            f"{row['share']:.3f}",
            "too few" if row["few"] else span(row, 3),
        )
        for row in summary["slices"]
        if row["section"] == "what"
    ]
    out.print(
        made("Parts, flagged share (kinds and sources: --report)", "slice shows >n >share >95_%", parts)
    )
    if summary["kinds"]:
        out.print(kinds(summary["kinds"]))
    for name, heading in (("false_alarms", "Worst false alarms"), ("misses", "Worst misses")):
        _show_pictures(f"{heading} of {len(summary[name])}", summary[name])
    if summary["comparison"]:
        _show_comparison(summary["comparison"])


def _show_comparison(comparison: dict[str, Any]) -> None:
    out.print(changes(comparison))
    for name in ("better", "worse"):
        _show_pictures(f"{len(comparison[name])} pictures got {name}; the most", comparison[name])


def _show_pictures(title: str, pictures: list[dict[str, Any]]) -> None:
    if pictures:
        rows = [(row["picture"], row["kind"], _probability(row)) for row in pictures[:SHOWN_MISTAKES]]
        out.print(made(title, "picture kind >probability", rows))


def _probability(row: dict[str, Any]) -> str:
    before = f"{row['before']:.3f} → " if "before" in row else ""
    return f"{before}{row['probability']:.3f}"
