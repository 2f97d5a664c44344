"""Real Celery workers, real Redis, real PostgreSQL: nothing is lost, nothing is done twice."""

import os
import signal
from collections.abc import Callable, Iterator

import psutil
import pytest
from sqlalchemy import update

from tests.conftest import empty_queue
from tests.e2e.processes import until
from tests.made import post, store, tally
from triage import attempts, db, fleet, models, posts, queue
from triage.db import session_scope
from triage.models import PostState

pytestmark = pytest.mark.usefixtures("database", "toys")


@pytest.fixture
def worker() -> Iterator[fleet.Part]:
    with fleet.running("worker", fleet.worker_command()) as part:
        until(fleet.worker_answers, part)
        yield part


def nothing_waits(*ids: int) -> Callable[[], bool]:
    return lambda: tally(*ids).pending == 0


def test_posts_are_scored_and_the_dangerous_ones_become_cases(worker: fleet.Part) -> None:
    ids = store(*(post(number, "toy-threat" if number % 10 == 0 else "hello") for number in range(200)))
    assert queue.enqueue(ids) == 4
    until(nothing_waits(*ids), worker)
    assert tally(*ids) == posts.Tally(scored=200, flagged=20)


def test_the_same_message_twice_changes_nothing(worker: fleet.Part) -> None:
    ids = store(post(1, "toy-threat"), post(2))
    for _ in range(5):
        queue.enqueue(ids)
    until(nothing_waits(*ids), worker)
    assert tally(*ids) == posts.Tally(scored=2, flagged=1)


def test_a_message_about_a_post_that_is_gone_harms_nobody(worker: fleet.Part) -> None:
    ids = store(post(1))
    queue.enqueue([999_999, *ids])
    until(nothing_waits(*ids), worker)
    assert tally(999_999, *ids) == posts.Tally(scored=1)


def test_a_wiped_broker_loses_no_post(worker: fleet.Part) -> None:
    ids = store(*(post(number) for number in range(10)))
    empty_queue()  # the message, if there was one, is gone
    with session_scope() as session:
        session.execute(update(models.Post).values(tried_at="2020-01-01"))
    queue.app().send_task("worker.tasks.ring_for_waiting_posts")
    until(nothing_waits(*ids), worker)
    assert tally(*ids).scored == 10


def test_posts_of_a_killed_worker_are_scored_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_SCORERS", "tests.e2e.strange:SlowText")
    ids = store(*(post(number) for number in range(300)))
    queue.enqueue(ids)
    with fleet.running("worker", fleet.worker_command()) as part:
        until(lambda: tally(*ids).scored > 0, part)
        os.killpg(part.process.pid, signal.SIGKILL)
    left = tally(*ids).pending
    assert left > 0
    with session_scope() as session:
        session.execute(update(models.Post).values(tried_at="2020-01-01"))
        again = attempts.overdue(session)
    assert len(again) == left
    queue.enqueue(again)
    monkeypatch.setenv("FLAGPOST_SCORERS", "toy_text")
    with fleet.running("worker", fleet.worker_command()) as part:
        until(nothing_waits(*ids), part)
    assert tally(*ids).scored == 300


def test_a_post_that_kills_its_worker_ends_alone_and_its_neighbours_are_scored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLAGPOST_SCORERS", "tests.e2e.strange:DeadlyText")
    ids = store(*(post(number, "deadly" if number == 5 else "hello") for number in range(12)))
    queue.enqueue(ids)
    with fleet.running("worker", fleet.worker_command()) as part:
        until(nothing_waits(*ids), part, seconds=120)
    assert tally(*ids) == posts.Tally(scored=11, failed=1)
    with session_scope() as session:
        poison = session.get(models.Post, ids[5])
        assert poison is not None
        assert poison.state == PostState.FAILED
        assert "3 times" in (poison.failure or "")


def test_a_worker_stops_politely_and_leaves_no_process_behind() -> None:
    ids = store(*(post(number) for number in range(100)))
    queue.enqueue(ids)
    with fleet.running("worker", fleet.worker_command()) as part:
        until(nothing_waits(*ids), part)
        family = [part.process.pid, *(child.pid for child in psutil.Process(part.process.pid).children())]
    assert not [pid for pid in family if psutil.pid_exists(pid)]
    assert part.process.returncode == 0


def test_a_worker_started_the_way_any_celery_user_would_takes_the_queue_it_is_given() -> None:
    ids = store(post(1))
    queue.enqueue(ids)
    command = [*fleet.worker_command()[:2], "celery", "-A", "worker.app", "worker", "-Q", "score", "-c", "1"]
    with fleet.running("worker", command) as part:
        until(nothing_waits(*ids), part)
    assert tally(*ids).scored == 1


def test_a_database_that_goes_away_for_a_while_costs_no_post(worker: fleet.Part) -> None:
    ids = store(*(post(number) for number in range(50)))
    with db.engine().connect() as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
        )
    queue.enqueue(ids)
    until(nothing_waits(*ids), worker)
    assert tally(*ids).scored == 50
