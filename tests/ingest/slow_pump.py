"""Pump a file in small pages and say so after each: a process for tests to kill. Takes file and page size."""

import sys
from pathlib import Path

from ingest.adapters.jsonl import JsonlAdapter
from ingest.run import Progress, pump


def told(progress: Progress) -> None:
    sys.stdout.write(f"{progress.summary.posts}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    pump(JsonlAdapter(Path(sys.argv[1]), "killed", int(sys.argv[2])), "killed", told)
    sys.stdout.write("done\n")
