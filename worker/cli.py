"""The commands that worker adds to `flagpost`: `score`, `explain`, `bench`, `train` and `evaluate`."""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.progress import track

from triage.screen import err
from worker.bench.cli import EXAMPLES as BENCH_EXAMPLES
from worker.bench.cli import bench
from worker.evaluation.image.cli import EXAMPLES as EVALUATE_IMAGE_EXAMPLES
from worker.evaluation.image.cli import evaluate_image
from worker.evaluation.text.cli import EXAMPLES as EVALUATE_TEXT_EXAMPLES
from worker.evaluation.text.cli import evaluate_text
from worker.explain.cli import EXAMPLES as EXPLAIN_EXAMPLES
from worker.explain.cli import explain
from worker.training.cli import commands as training

SCORE_EXAMPLES = """
Examples:

  flagpost score --images photo.jpg holiday/ --output scores.jsonl

  flagpost score --texts captions.jsonl

  echo '"I will be there at nine"' | flagpost score --texts -

One JSON line per item, in input order. Exit codes: 0 all scored, 1 some could not be, 2 misuse.
"""


def register(app: typer.Typer) -> None:
    """Add worker's commands to `flagpost`."""
    app.command("score", epilog=SCORE_EXAMPLES, no_args_is_help=False)(score)
    app.command("explain", epilog=EXPLAIN_EXAMPLES)(explain)
    app.command("bench", epilog=BENCH_EXAMPLES)(bench)
    app.add_typer(training, name="train")
    evaluator = typer.Typer(help="Measure a model (needs the train extra).", no_args_is_help=True)
    evaluator.command("image", epilog=EVALUATE_IMAGE_EXAMPLES)(evaluate_image)
    evaluator.command("text", epilog=EVALUATE_TEXT_EXAMPLES)(evaluate_text)
    app.add_typer(evaluator, name="evaluate")


def score(
    paths: Annotated[
        list[Path], typer.Argument(help="Pictures and folders of them, or one JSONL file or -.")
    ],
    images: Annotated[
        bool, typer.Option("--images", help="The paths are pictures or folders of them.")
    ] = False,
    texts: Annotated[
        bool, typer.Option("--texts", help="The path is a JSONL file of texts; - is stdin.")
    ] = False,
    output: Annotated[Path | None, typer.Option(help="Write the lines to this file, not to stdout.")] = None,
) -> None:
    """Score pictures or texts without a database or a queue."""
    from worker import offline

    texts = texts or (paths == [offline.STDIN] and not images)
    if images == texts:
        raise typer.BadParameter("say which the paths are: --images or --texts (not both)")
    _check(paths, single=texts)
    entries = offline.texts(paths[0]) if texts else list(offline.pictures(paths))
    results = offline.score(entries, "text" if texts else "image")
    total = len(entries) if isinstance(entries, list) else None
    shown = track(results, "Scoring", total=total, console=err, disable=not err.is_terminal)
    if _write(shown, output):
        raise typer.Exit(1)


def _check(paths: list[Path], *, single: bool) -> None:
    """Refuse what cannot have been meant, before anything is loaded."""
    if single and len(paths) > 1:
        raise typer.BadParameter("--texts takes one file, or - for stdin")
    for path in paths:
        if single and (path == Path("-") or os.access(path, os.R_OK)) and not path.is_dir():
            continue
        if single or not path.exists():
            raise typer.BadParameter(f"{path} does not exist or is not of the kind asked for")


def _write(results: Iterable[dict[str, Any]], output: Path | None) -> int:
    """Write results as JSON lines; return how many are errors."""
    failed = 0
    with _open_output(output) as file:
        for result in results:
            file.write(json.dumps(result) + "\n")
            failed += "error" in result
    return failed


def _open_output(output: Path | None) -> AbstractContextManager[TextIO]:
    if output is None:
        return nullcontext(sys.stdout)
    try:
        return output.open("w", encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"cannot write {output}: {error.strerror}") from error
