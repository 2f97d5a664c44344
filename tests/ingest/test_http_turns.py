"""How often one host is asked."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest

from ingest.http.limits import Budget, Limits
from ingest.http.turns import MAX_HOSTS, Turns
from tests.ingest.web import (
    HOST,
    OTHER,
    fetcher,
    http,
    picture,
    serving,
)
from triage.errors import FetchFailed


def test_one_host_is_asked_no_faster_than_it_may_be() -> None:
    with serving(http(picture())) as server:
        web = fetcher(server, per_second=20, burst=2)
        began = time.monotonic()
        for _ in range(6):
            web.get(server.url())
    assert time.monotonic() - began >= 0.19  # 2 at once, 4 more in 4/20 s


def test_a_turn_that_would_come_too_late_is_not_waited_for() -> None:
    with serving(http(picture())) as server:
        web = fetcher(server, per_second=0.01, burst=1, total_seconds=5)
        web.get(server.url())
        with pytest.raises(FetchFailed, match="FLAGPOST_FETCH_PER_SECOND") as raised:
            web.get(server.url())
    assert raised.value.retry_after == pytest.approx(100, abs=2)
    assert len(server.requests) == 1


def test_one_host_answers_only_so_many_at_a_time_and_others_do_not_wait() -> None:
    lock, now, most = Lock(), 0, 0

    def count(connection: socket.socket) -> None:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        time.sleep(0.1)
        with lock:
            now -= 1
        connection.sendall(http(picture()))

    with serving(count) as server, serving(http(picture())) as free, ThreadPoolExecutor(9) as pool:
        web = fetcher(server, free, concurrent=2)
        waiting = [pool.submit(web.get, server.url()) for _ in range(8)]
        assert web.get(free.url(host=OTHER)).status == 200
        assert not all(found.done() for found in waiting)
        assert [found.result().status for found in waiting] == [200] * 8
    assert most == 2


def test_waiting_for_a_turn_ends_with_the_deadline() -> None:
    turns, began = Turns(Limits(concurrent=1)), time.monotonic()
    late = pytest.raises(FetchFailed, match="second: ")
    with turns.turn(HOST, Budget("first", 5)), late, turns.turn(HOST, Budget("second", 0.2)):
        pass
    assert time.monotonic() - began >= 0.2
    with turns.turn(HOST, Budget("third", 5)):
        pass


def test_hosts_at_rest_are_forgotten() -> None:
    turns = Turns(Limits(per_second=1e6))
    for number in range(3 * MAX_HOSTS):
        with turns.turn(f"{number}.example.com", Budget("x", 5)):
            pass
    assert len(turns._hosts) <= MAX_HOSTS


def test_of_hosts_that_want_to_be_left_alone_only_so_many_are_remembered() -> None:
    turns = Turns(Limits(per_second=1e6))
    for number in range(MAX_HOSTS + 5):
        turns.rest(f"{number}.example.com", 100)
    assert len(turns._rests) == MAX_HOSTS
    with turns.turn("0.example.com", Budget("forgotten", 5)):
        pass
    late = pytest.raises(FetchFailed, match="left alone")
    with late, turns.turn(f"{MAX_HOSTS}.example.com", Budget("known", 5)):
        pass
