"""The real process: killed again and again while posts come, it has each of them in the end, once."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest

from tests.conftest import ROOT
from tests.ingest.kills import KILLS
from tests.ingest.mastodon_site import Site
from tests.ingest.sky import Sky
from tests.ingest.test_source_cli import GIVEN, source
from tests.ingest.test_sources import audited, configure, ids, wait_until
from tests.ingest.web import Server, serving

pytestmark = pytest.mark.usefixtures("database")


@contextmanager
def following(*servers: Server) -> Iterator[subprocess.Popen[str]]:
    """Run `flagpost ingest run stream --follow`."""
    ports = ",".join(str(server.port) for server in servers)
    command = [sys.executable, "-m", "tests.ingest.local_process", ports]
    running = subprocess.Popen(
        [*command, "ingest", "run", "stream", "--follow", "--json"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


@contextmanager
def publishing(publish: object, every: float = 0.02) -> Iterator[list[int]]:
    """Publish a post every now and then; the list holds the numbers of those that were."""
    stop, published = Event(), list[int]()

    def work() -> None:
        while not stop.wait(every):
            publish(len(published) + 1)  # type: ignore[operator]
            published.append(len(published) + 1)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield published
    finally:
        stop.set()
        thread.join()


def stored() -> list[int]:
    return [int(one.rpartition("/")[2]) for one in ids()]


def kill_often(publish: object, server: Server, *others: Server) -> None:
    """Kill a process that follows `server` again and again, then let one go on until it has everything."""
    chance = Random(3)
    with publishing(publish) as published:
        for number in range(KILLS):
            asked, before = len(server.requests), len(ids())
            with following(server, *others) as running:
                wait_until(lambda asked=asked: len(server.requests) > asked, 60)
                if number % 2 == 0:  # every other time once it has stored something
                    wait_until(lambda before=before: len(ids()) > before, 60)
                time.sleep(chance.uniform(0, 1.5))
                assert running.poll() is None
                running.send_signal(signal.SIGKILL)
    with following(server, *others) as running:
        wait_until(lambda: len(stored()) >= len(published), 60)
        running.send_signal(signal.SIGTERM)
        output, errors = running.communicate(timeout=30)
    assert running.returncode == 0, errors
    assert json.loads(output)["rejected"] == 0
    assert Counter(stored()) == Counter(published)


@pytest.fixture
def mastodon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site()
    with serving(site) as server:
        site.at(server)
        url = server.url("", scheme="http")
        options = f"host = '{url}'\nstream = true\nbegin = '0'"
        configure(tmp_path, monkeypatch, f"[stream]\nadapter = 'mastodon'\n{options}")
        source("approve", "stream", *GIVEN)
        yield site


@pytest.mark.timeout(600)
def test_a_killed_reader_of_mastodon_s_stream_has_every_post_once(mastodon: Site) -> None:
    kill_often(mastodon.post, mastodon.server)


@pytest.fixture
def sky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sky]:
    with Sky().up() as made:
        options = "\n".join(f"{name} = {value!r}" for name, value in made.options(begin=0).items())
        configure(tmp_path, monkeypatch, f"[stream]\nadapter = 'bluesky'\n{options}")
        source("approve", "stream", *GIVEN)
        yield made


@pytest.mark.timeout(600)
def test_a_killed_reader_of_bluesky_has_every_post_once(sky: Sky) -> None:
    kill_often(sky.post, sky.jets, sky.web)


@pytest.mark.timeout(120)
def test_a_signal_ends_a_followed_stream_in_order(mastodon: Site) -> None:
    mastodon.post(1)
    with following(mastodon.server) as running:
        wait_until(lambda: mastodon.listeners and stored() == [1], 60)
        mastodon.post(2)
        wait_until(lambda: stored() == [1, 2])
        running.send_signal(signal.SIGTERM)
        output, errors = running.communicate(timeout=30)
    assert running.returncode == 0, errors
    assert json.loads(output)["stored"] == 2
    assert audited()[-2:] == ["source.started", "source.read"]
