"""Scorers that misbehave, for tests of what happens then. Named in FLAGPOST_SCORERS as `module:Class`."""

import os
import signal
import time
from collections.abc import Sequence

from triage.contracts import Score
from triage.errors import InputError
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
