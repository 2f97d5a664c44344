"""The command `flagpost bench`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from triage.screen import err, out, print_json

if TYPE_CHECKING:
    from worker.bench.rounds import Figures

SAMPLES = Path("samples/posts.jsonl")
EXAMPLES = """
Examples:

  flagpost bench

  flagpost bench posts.jsonl --posts 2000 --rounds 5 --json
"""
MEANINGS = {
    "bare": "posts/s of decoding and models alone, on all cores: the limit",
    "end_to_end": "posts/s from a file through Redis, Celery and PostgreSQL",
    "naive": "posts/s of one task, one picture and one caption at a time",
    "ratio_to_bare": "end to end against the limit",
    "ratio_to_naive": "end to end against the naive way",
    "worker_mib_first": "MiB of the worker's processes after the first round",
    "worker_mib_last": "MiB of the worker's processes after the last round",
}


def bench(
    source: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="Posts (JSONL); the samples by default."),
    ] = None,
    posts: Annotated[int, typer.Option(min=1, help="Posts per round.")] = 1000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the median counts.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False,
) -> None:
    """Measure end to end against the models' own speed and against the naive way, in one run."""
    import triage
    from worker.bench.rounds import measure

    path = source or Path(triage.__file__).parent / SAMPLES
    with err.status("Measuring") as status:
        figures = measure(path, posts, rounds, lambda step: status.update(f"Measuring: {step}"))
    if as_json:
        print_json(figures.rounded())
    else:
        out.print(_table(figures))


def _table(figures: "Figures") -> Table:
    title = f"{figures.rounds} rounds of {figures.posts} posts, {figures.processes} worker processes"
    table = Table(title=title, title_justify="left")
    for name in ("figure", "median", "meaning"):
        table.add_column(name, justify="right" if name == "median" else "left")
    values = figures.rounded()
    for name, meaning in MEANINGS.items():
        table.add_row(name, f"{values[name]:.2f}" if "ratio" in name else f"{values[name]:.0f}", meaning)
    return table
