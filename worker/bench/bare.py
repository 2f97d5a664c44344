"""The limit: the same decoding and the same models in a plain loop on all cores. No queue, no database."""

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from types import TracebackType
from typing import Self

from triage import images
from triage.queue import batched
from triage.settings import get_settings
from worker import scorers
from worker.bench.posts import Made
from worker.scorers.batch import attempt


class Bare:
    """One process per worker process, models loaded and warm."""

    def __init__(self, processes: int) -> None:
        # spawn, as Celery's children too begin without models
        self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_warm)
        self._processes = processes

    def __enter__(self) -> Self:
        list(self._pool.map(_nap, [0.5] * self._processes * 2))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def posts_per_second(self, posts: Sequence[Made]) -> float:
        """Score posts in batches on all processes and return how many a second."""
        batches = list(batched(posts, get_settings().batch_size))
        began = time.perf_counter()
        scored = sum(self._pool.map(_score, batches))
        return scored / (time.perf_counter() - began)


def _warm() -> None:
    for kind in ("image", "text"):
        scorers.configured(kind)


def _nap(seconds: float) -> None:
    """Keep a process busy for a moment, so that the pool starts all of them."""
    time.sleep(seconds)


def _score(posts: Sequence[Made]) -> int:
    pictures = [attempt(partial(images.load, path)) for post in posts for path in post.pictures]
    for scorer in scorers.configured("image") if pictures else ():
        scorer.score(pictures)
    captions = [post.text for post in posts if post.text.strip()]
    for scorer in scorers.configured("text") if captions else ():
        scorer.score(captions)
    return len(posts)
