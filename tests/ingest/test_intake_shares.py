"""Memory for bodies under way: strangers get none, and no source can take what others need."""

import socket
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from ingest.intake.shares import SMALL
from tests.ingest import intake_site
from tests.ingest.intake_site import Partner, connect, head, new_secret, problem, statuses

LARGEST = 4 * SMALL
UNFIT = "v1,AAAA"
"""Well formed, as only the body's end can show that it does not fit."""


@pytest.fixture
def partners(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Partner, Partner]]:
    """Two sources that send to one intake, whose shares hold two largest bodies each."""
    one, other = new_secret(), new_secret()
    intake_site.configure(tmp_path, monkeypatch, one, intake_max_bytes=LARGEST)
    (tmp_path / "other").write_text(other)
    with (tmp_path / "sources.toml").open("a") as file:
        file.write(f"\n[other]\nadapter = 'intake'\nsecrets = [{{ file = '{tmp_path / 'other'}' }}]")
    for name in ("partner", "other"):
        intake_site.approve(name)
    with intake_site.serving() as url:
        yield Partner(url, one), Partner(url, other, "other")


def body_of(size: int) -> bytes:
    """Return one post as large as that."""
    return b'{"id": "1", "text": "x"' + b" " * (size - 24) + b"}"


@contextmanager
def unfinished(
    partner: Partner, count: int, size: int, **headers: str | None
) -> Iterator[list[socket.socket]]:
    """Hold requests whose bodies lack their last byte."""
    with ExitStack() as stack:
        held = [stack.enter_context(connect(partner)) for _ in range(count)]
        for connection in held:
            connection.sendall(head(partner.headers(b"", **headers), size) + b" " * (SMALL - 1))
            for _ in range(size // SMALL - 1):
                connection.sendall(b" " * SMALL)
        yield held


def send_until(partner: Partner, status: int, **headers: str | None) -> httpx2.Response:
    """Send a largest body until it is answered so: what others hold fills up beside it."""
    deadline = time.monotonic() + 20
    while (answer := partner.send(body_of(LARGEST), **headers)).status_code != status:
        assert time.monotonic() < deadline, answer.text
    return answer


@pytest.mark.parametrize(
    "stranger",
    [
        {"flagpost_source": "nobody"},
        {"webhook_timestamp": "1"},
        {"webhook_id": None},
        {"webhook_signature": " ".join([UNFIT] * 9)},
    ],
)
@pytest.mark.parametrize("partner", [{"intake_max_bytes": 64 * SMALL}], indirect=True)
def test_nothing_is_kept_of_a_body_whose_headers_are_wrong(
    partner: Partner, stranger: dict[str, str | None]
) -> None:
    tracemalloc.start()
    try:
        with unfinished(partner, 4, 64 * SMALL, **stranger) as connections:
            for connection in connections:
                connection.sendall(b" ")
                assert b" 401 " in connection.recv(10_000).splitlines()[0]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * SMALL


def test_a_source_whose_name_is_abused_keeps_its_small_requests_and_others_keep_all_of_theirs(
    partners: tuple[Partner, Partner],
) -> None:
    abused, other = partners
    with unfinished(abused, 3, LARGEST, webhook_signature=UNFIT):
        answer = send_until(abused, 503)
        assert problem(answer) == 503
        assert int(answer.headers["retry-after"]) > 0
        assert statuses(other.send(body_of(LARGEST))) == ["stored"]
        assert statuses(abused.send(body_of(SMALL))) == ["stored"]
    send_until(abused, 202)  # what they held is free again


def test_a_full_share_does_not_tell_which_sources_exist(partners: tuple[Partner, Partner]) -> None:
    told = set()
    for name in ("partner", "nobody"):
        named = {"flagpost_source": name, "webhook_signature": UNFIT}
        with unfinished(partners[0], 3, LARGEST, **named):
            told.add(send_until(partners[0], 503, **named).text)
        told.add(send_until(partners[0], 401, **named).text)
    assert len(told) == 2


def test_one_after_the_other_there_is_room_for_all(partners: tuple[Partner, Partner]) -> None:
    for _ in range(5):
        assert problem(partners[0].send(body_of(LARGEST), webhook_signature=UNFIT)) == 401
        assert statuses(partners[0].send(body_of(LARGEST)))
