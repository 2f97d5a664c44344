"""`flagpost` with a fetcher that may ask servers of this machine: a process for tests to stop and kill.

Takes the servers' ports, with commas, and the command.
"""

import sys

from ingest.http import fetcher
from tests.ingest import web
from triage.cli import main

if __name__ == "__main__":
    made = web.fetcher(*(web.Server(int(port)) for port in sys.argv[1].split(",")))
    fetcher.from_settings = lambda _settings: made
    sys.argv[1:] = sys.argv[2:]
    main()
