"""Scorers that misbehave, for tests of what happens then. Named in FLAGPOST_SCORERS as `module:Class`."""

import os
import signal
import time
from collections.abc import Sequence

from triage.contracts import Score
from triage.errors import InputError
from triage.evidence import Box
from triage.images import Picture
from triage.wording import Line
from worker.scorers.base import Item
from worker.scorers.toy import ToyText


class SlowText(ToyText):
    """Takes half a second a batch."""

    def score(self, items: Sequence[Item | InputError]) -> list[Score]:
        time.sleep(0.5)
        return super().score(items)


class DeadlyText(ToyText):
    """Dies as a process does that runs out of memory, at the text `deadly`."""

    def score(self, items: Sequence[Item | InputError]) -> list[Score]:
        if "deadly" in items:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().score(items)


class DeadlyReader:
    """Dies as a process does that runs out of memory, at a picture that is wider than high."""

    version = "deadly"

    def read(self, picture: Picture) -> list[Line]:
        if picture.shape[1] > picture.shape[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return [Line(text="toy-threat", box=Box(0, 0, 1, 1), confidence=1)]


class FailingReader:
    """Raises what no interface names."""

    version = "failing"

    def read(self, _picture: Picture) -> list[Line]:
        raise ZeroDivisionError("letters divided by nothing")


class WordyReader:
    """Finds more lines than anybody will read."""

    version = "wordy"

    def read(self, _picture: Picture) -> list[Line]:
        return [Line(text=f"line {n}", box=Box(0, n / 1e4, 1, n / 1e4), confidence=1) for n in range(10_000)]
