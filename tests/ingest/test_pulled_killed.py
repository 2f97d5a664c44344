"""Sources that are asked again and again, followed by a process that is killed: each has every post once."""

import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from tests.conftest import ROOT
from tests.ingest.every_site import SECRETS, EverySite
from tests.ingest.kills import KILLS
from tests.ingest.test_source_cli import GIVEN, source
from tests.ingest.test_sources import configure, wait_until
from tests.ingest.test_streams_killed import publishing
from triage import models
from triage.db import session_scope

SOURCES = {"drop", "imap", "feed", "mastodon", "reddit", "x", "youtube"}


@pytest.fixture
def sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EverySite]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with EverySite(tmp_path).up() as made:
        configure(tmp_path, monkeypatch, made.configuration())
        for name in SOURCES:
            source("approve", name, *GIVEN)
        yield made


@contextmanager
def following(sites: EverySite) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.ingest.follow_all", str(sites.server.port)]
    running = subprocess.Popen(command, cwd=ROOT)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()


def stored() -> dict[str, list[int]]:
    """Return the numbers of the stored posts of each source."""
    found: dict[str, list[int]] = {name: [] for name in SOURCES}
    with session_scope() as session:
        for name, one in session.execute(select(models.Post.source, models.Post.external_id)):
            found[name].append(int(re.findall(r"\d+", one.partition("@")[0])[-1]))
    return found


def more_than(before: dict[str, list[int]]) -> bool:
    now = stored()
    return all(len(now[name]) > len(before[name]) for name in SOURCES)


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("database")
def test_a_killed_reader_of_everything_has_every_post_of_each_source_once(sites: EverySite) -> None:
    chance = Random(5)
    with publishing(sites.publish, every=0.1) as published:
        for number in range(KILLS):
            before = stored()
            with following(sites) as running:
                if number % 2 == 0:  # every other time once all have stored something
                    wait_until(lambda before=before: more_than(before), 60)
                time.sleep(chance.uniform(0.5, 3))
                assert running.poll() is None
    with following(sites):
        wait_until(lambda: all(len(numbers) >= len(published) for numbers in stored().values()), 60)
    expected = Counter(published)
    assert {name: Counter(numbers) for name, numbers in stored().items()} == dict.fromkeys(SOURCES, expected)
