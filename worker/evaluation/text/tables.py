"""An evaluation of captions on the terminal: tables of its summary."""

from typing import Any

from triage.screen import out
from worker.evaluation.figures import TITLES
from worker.evaluation.subjects import VIOLENCE, meanings
from worker.evaluation.tables import changes, kinds, levels, made, span, spanned

SHOWN_MISTAKES, LONGEST = 5, 160
MANY = ("people named", "source")
"""Sections whose slices are shown where they are large enough to tell anything."""


def show(summary: dict[str, Any]) -> None:
    """Write the tables for people; see `summary.summarise`."""
    model, captions = summary["model"], summary["captions"]
    counts = f"{captions['violent']} violent captions, {captions['not violent']} others"
    title = f"{model['scorer']} {model['version']}: {counts}"
    rows = [
        (TITLES[name], *spanned(model["figures"][name]), text) for name, text in meanings(VIOLENCE).items()
    ]
    speed = "milliseconds", f"{model['milliseconds']:.2f}", "", "a caption, explained where it is flagged"
    out.print(made(title, "figure >value >95_% meaning", [*rows, speed]))
    out.print(levels(model))
    for section in ("register", "people named", "group", "source"):
        parts = [
            (row["name"], row["label"], row["n"], f"{1000 * row['share']:.1f}", _thousands(row))
            for row in summary["slices"]
            if row["section"] == section and not (row["few"] and section in MANY)
        ]
        out.print(made(f"By {section}: flagged of 1,000", "slice label >n >flagged >95_%", parts))
    if summary["kinds"]:
        out.print(kinds(summary["kinds"]))
    for name, heading in (("false_alarms", "Worst false alarms"), ("misses", "Worst misses")):
        _show_captions(f"{heading} of {len(summary[name])}", summary[name])
    if summary["comparison"]:
        out.print(changes(summary["comparison"]))
        for name in ("better", "worse"):
            texts = summary["comparison"][name]
            _show_captions(f"{len(texts)} captions got {name}; the most", texts)


def show_behaviour(found: dict[str, Any]) -> None:
    """Write the suite's table; see `behaviour.examine`."""
    rows = [
        (
            row["name"],
            row["says"],
            row["n"],
            row["frames"],
            f"{row['share']:.1%}",
            f"{row['low']:.0%} to {row['high']:.0%}",
        )
        for row in found["functionalities"]
    ]
    share = found["passed"] / found["n"]
    out.print(
        made(
            f"Behaviour: {share:.1%} of {found['n']} texts of {found['frames']} frames judged right",
            "functionality what >n >frames >passed >95_%",
            rows,
        )
    )
    failed = [
        (row["name"], f"{failure['probability']:.3f}", failure["text"])
        for row in found["functionalities"]
        for failure in row["failures"][:1]
    ]
    if failed:
        out.print(made("The worst failure of each", "functionality >probability text", failed))
    identity = found["identity"]
    out.print(
        made(
            f"Group names alone move a probability by {identity['mean']:.4f} on average, at most "
            f"{identity['largest']:.3f}",
            "group >shift",
            [
                (name, f"{shift:+.4f}")
                for name, shift in sorted(identity["groups"].items(), key=lambda it: -it[1])
            ],
        )
    )


def _show_captions(title: str, captions: list[dict[str, Any]]) -> None:
    if captions:
        rows = [(_probability(row), row["group"], row["text"][:LONGEST]) for row in captions[:SHOWN_MISTAKES]]
        out.print(made(title, ">probability group caption", rows))


def _probability(row: dict[str, Any]) -> str:
    before = f"{row['before']:.3f} → " if "before" in row else ""
    return f"{before}{row['probability']:.3f}"


def _thousands(row: dict[str, Any]) -> str:
    if row["few"]:
        return "too few"
    return span({"low": 1000 * row["low"], "high": 1000 * row["high"]}, 1)
