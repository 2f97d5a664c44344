"""An explanation for people and for machines."""

from pathlib import Path
from typing import Any

from rich.bar import Bar
from rich.table import Table
from rich.text import Text

from triage.console.words import percent
from triage.contracts import Level
from triage.screen import cell
from worker.explain.look import Explanation
from worker.manifest import Manifest

MEANINGS = {
    Level.CLEAR: "Below every threshold: no rule takes it for a gun.",
    Level.UNSURE: "Perhaps a gun; too unsure for a rule that asks for a likely one.",
    Level.LIKELY: "A gun, where a rule asks for a likely one. By default a gun alone flags nothing.",
    Level.STRONG: "A gun for any rule that asks for one. By default a gun alone flags nothing.",
}
BAR_WIDTH = 30


def as_row(explained: Explanation, model: Manifest, heat_map: Path | None) -> dict[str, Any]:
    """Return an explanation as the JSON object that `explain --json` writes."""
    score = explained.score
    return {
        "item": str(explained.item),
        "scorer": score.scorer,
        "version": score.version,
        "probability": round(score.probability or 0, 6),
        "level": score.level,
        "thresholds": model.operating_points.model_dump(),
        "kinds": {name: round(share, 6) for name, share in explained.kinds.items()},
        **{"boxes": [], "map": None} | explained.sighting.evidence(),
        "heat_map": str(heat_map) if heat_map else None,
    }


def as_table(explained: Explanation, model: Manifest, heat_map: Path | None) -> Table:
    """Return an explanation for people."""
    score = explained.score
    table = Table(title=cell(explained.item), title_justify="left", show_header=False, box=None)
    table.add_row("gun", Text(f"{percent(score.probability or 0)}  {score.level}", "bold"))
    table.add_row("", " · ".join(f"{name} from {percent(value)}" for name, value in model.operating_points))
    table.add_row("", f"{MEANINGS[score.level]} {_measured(model, score.level)}")
    if explained.sighting.map and score.level is not Level.CLEAR:
        table.add_row("where", explained.sighting.where)
    if explained.kinds:
        table.add_row("looks like", _bars(explained.kinds))
    if heat_map:
        table.add_row("heat map", cell(heat_map))
    return table


def _bars(kinds: dict[str, float]) -> Table:
    table = Table.grid(padding=(0, 1))
    for name, share in kinds.items():
        table.add_row(cell(name), Bar(1, 0, share, width=BAR_WIDTH), percent(share))
    return table


def _measured(model: Manifest, level: Level) -> str:
    """Say how the level did on the test pictures, where the manifest knows."""
    found = model.metrics.get("test_levels", {}).get(level)
    if not found:
        return ""
    guns, others = found["recall"], found["false_positive_rate"]
    return f"On the test pictures {guns:.1%} of guns and {others:.1%} of others reach it."
