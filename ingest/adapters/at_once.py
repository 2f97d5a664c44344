"""The same done to some things at the same time, in threads that a process which ends does not wait for."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")
MOST = 8
"""How many at the same time."""


def at_once(work: Callable[[Given], Made], things: Iterable[Given]) -> list[Made]:
    """Return what `work` makes of each, in their order. Raises what the first that fails raises."""
    tasks: SimpleQueue[tuple[Future[Made], Given]] = SimpleQueue()
    made = list[Future[Made]]()
    for one in things:
        made.append(Future())
        tasks.put((made[-1], one))
    for _ in range(min(MOST, len(made))):
        Thread(target=_work, args=(work, tasks), name="at once", daemon=True).start()
    return [one.result() for one in made]


def _work(work: Callable[[Given], Made], tasks: "SimpleQueue[tuple[Future[Made], Given]]") -> None:
    while True:
        try:
            future, one = tasks.get_nowait()
        except Empty:
            return
        try:
            future.set_result(work(one))
        except BaseException as error:  # handed over to whoever waits
            future.set_exception(error)
