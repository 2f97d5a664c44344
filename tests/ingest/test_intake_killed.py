"""The real process: killed again and again while many send, what it acknowledged is stored, once each."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random

import httpx2
import pytest
from sqlalchemy import select

from tests.e2e.processes import free_port
from tests.ingest import intake_site
from tests.ingest.intake_site import NDJSON, Partner, captions, lines, statuses
from triage import models
from triage.db import session_scope

KILLS = 5
SENDERS = 4


@contextmanager
def process(port: int, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `flagpost intake`, once it answers."""
    command = [sys.executable, "-m", "triage", "intake", "--port", str(port), *arguments]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            assert running.poll() is None, running.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield running
    finally:
        running.kill()
        running.communicate()


def answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def send_until_it_dies(partner: Partner, sender: str) -> list[str]:
    """Send requests of some posts each; return the ids that were acknowledged as stored or known."""
    known: list[str] = []
    for number in range(100_000):
        ids = [f"{sender}-{number}-{one}" for one in range(1 + number % 3)]
        try:
            answer = partner.send(lines(*({"id": one, "text": "x"} for one in ids)), NDJSON)
        except httpx2.TransportError:
            return known
        assert set(statuses(answer)) == {"stored"}
        known += ids
    return known


@pytest.fixture
def secret(database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    made = intake_site.new_secret()
    intake_site.configure(tmp_path, monkeypatch, made)
    intake_site.approve()
    return made


def test_a_killed_intake_loses_nothing_that_it_acknowledged_and_stores_nothing_twice(secret: str) -> None:
    port, chance, acknowledged = free_port(), Random(1), list[str]()
    partner = Partner(f"http://127.0.0.1:{port}", secret)
    for kill in range(KILLS):
        with process(port) as running, ThreadPoolExecutor(SENDERS) as threads:
            sending = [threads.submit(send_until_it_dies, partner, f"{kill}-{n}") for n in range(SENDERS)]
            time.sleep(chance.uniform(0.2, 1))
            running.send_signal(signal.SIGKILL)
            for one in sending:
                acknowledged += one.result(30)
    assert len(acknowledged) > KILLS * SENDERS
    with session_scope() as session:
        stored = Counter(session.scalars(select(models.Post.external_id)))
    assert set(acknowledged) <= set(stored)
    assert set(stored.values()) == {1}


def test_a_signal_ends_it_in_order_after_the_request_at_hand(secret: str) -> None:
    port = free_port()
    partner = Partner(f"http://127.0.0.1:{port}", secret)
    with process(port) as running:
        assert statuses(partner.send({"id": "1", "text": "x"})) == ["stored"]
        running.send_signal(signal.SIGTERM)
        _, errors = running.communicate(timeout=30)
    assert running.returncode == 0, errors
    assert f"listens at http://127.0.0.1:{port}/v1/posts" in errors
    assert "Stopped." in errors
    assert captions() == {"1": "x"}


def test_a_port_that_is_taken_and_a_missing_sender_are_clear_messages(
    secret: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    port = free_port()
    command = [sys.executable, "-m", "triage", "intake", "--port", str(port)]
    with process(port):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 3
        assert f"The intake cannot listen on 127.0.0.1:{port}" in done.stderr
    (tmp_path / "sources.toml").write_text("")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "docs/sources/intake.md" in done.stderr
    shown = subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=60, check=False)
    assert "flagpost intake --host 0.0.0.0" in shown.stdout
