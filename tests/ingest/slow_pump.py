"""Pump files in small pages and say so after each: a process for tests to kill.

Takes the size of a page, and files or folders, whose sources are called as they are.
"""

import sys
from pathlib import Path

from ingest.adapters import _maker
from ingest.run import Progress, pump


def told(progress: Progress) -> None:
    sys.stdout.write(f"{progress.summary.posts}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for path in map(Path, sys.argv[2:]):
        pump(_maker(path)(path, path.stem, int(sys.argv[1])), path.stem, told)
    sys.stdout.write("done\n")
