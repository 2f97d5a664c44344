"""How often each test kills what it runs: `KILLS=50 pytest tests/ingest -k killed` for a thorough look."""

import os

KILLS = int(os.environ.get("KILLS", "3"))
