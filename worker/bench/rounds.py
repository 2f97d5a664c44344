"""Bare, end to end and naive in turn, several times: the machine's noise meets all three alike."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from triage.settings import get_settings
from worker.bench.bare import Bare
from worker.bench.posts import Made, Maker, read, write
from worker.bench.stack import Stack, stack

NAIVE_SHARE = 4
"""The naive way is slow: it gets a fourth of the posts."""
MIB = 2**20


@dataclass(frozen=True)
class Figures:
    """Medians over the rounds; posts per second, ratios of the same round, MiB."""

    posts: int
    rounds: int
    processes: int
    bare: float
    end_to_end: float
    naive: float
    ratio_to_bare: float
    ratio_to_naive: float
    worker_mib_first: float
    worker_mib_last: float

    def rounded(self) -> dict[str, float]:
        """Return the figures for people and machines, three decimals."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def measure(source: Path, posts: int, rounds: int, on_step: Callable[[str], None]) -> Figures:
    """Measure with posts made from those of a JSONL file.

    Args:
        source: posts to make others from.
        posts: posts per round.
        rounds: how often to measure.
        on_step: told what is being measured.

    Raises:
        InputError: the source holds no post.
        ServiceUnavailable: a service does not run, or posts got lost.
    """
    processes = get_settings().worker_processes or os.cpu_count() or 1
    sources = read(source)
    with tempfile.TemporaryDirectory(prefix="flagpost-bench-") as place:
        folder = Path(place)
        maker = Maker(sources, folder)
        on_step("starting")
        with stack(folder / "home") as running, Bare(processes) as bare:
            _send(running, maker.make(64 * processes * 2), folder / "warm-up.jsonl")
            bare.posts_per_second(maker.make(64 * processes))
            found, memory = [], []
            for number in range(1, rounds + 1):
                found.append(_round(number, maker, posts, bare, running, folder, on_step))
                memory.append(running.memory() / MIB)
    return Figures(
        posts=posts,
        rounds=rounds,
        processes=processes,
        bare=median(limit for limit, _, _ in found),
        end_to_end=median(whole for _, whole, _ in found),
        naive=median(slow for _, _, slow in found),
        ratio_to_bare=median(whole / limit for limit, whole, _ in found),
        ratio_to_naive=median(whole / slow for _, whole, slow in found),
        worker_mib_first=memory[0],
        worker_mib_last=memory[-1],
    )


def _round(
    number: int,
    maker: Maker,
    posts: int,
    bare: Bare,
    running: Stack,
    folder: Path,
    on_step: Callable[[str], None],
) -> tuple[float, float, float]:
    on_step(f"round {number}: bare loop")
    limit = bare.posts_per_second(maker.make(posts))
    on_step(f"round {number}: end to end")
    whole = _send(running, maker.make(posts), folder / f"whole-{number}.jsonl")
    on_step(f"round {number}: the naive way")
    few = maker.make(max(1, posts // NAIVE_SHARE))
    return limit, whole, _send(running, few, folder / f"naive-{number}.jsonl", batch_size=1)


def _send(running: Stack, posts: list[Made], file: Path, batch_size: int | None = None) -> float:
    write(posts, file)
    return running.posts_per_second(file, batch_size=batch_size)
