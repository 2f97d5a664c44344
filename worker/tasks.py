"""Celery tasks, thin: load, re-check, call a service, return. At-least-once delivery changes nothing."""

from typing import Any

import structlog
from celery import Task

from triage import attempts, fingerprints, queue, readings, retention
from triage.db import session_scope
from triage.errors import ServiceUnavailable
from worker import reading, scoring
from worker.app import app

log = structlog.get_logger()
PATIENT: dict[str, Any] = {
    "autoretry_for": (ServiceUnavailable,),
    "retry_backoff": 2,
    "retry_backoff_max": 300,
    "max_retries": 20,  # over an hour; after that beat rings for the posts, which are still pending
}


@app.task(name=queue.SCORE_POSTS, bind=True, **PATIENT)
def score_posts(self: Task, post_ids: list[int]) -> None:
    """Score those of the posts that are still pending."""
    for batch in scoring.batches(post_ids, by=f"{self.request.id}/{self.request.retries}"):
        results = scoring.score(batch)
        with session_scope() as session:
            fingerprints.record(session, [result.fingerprints for result in results])
        with session_scope() as session:
            opened, asked = reading.record(session, results)
        if asked:
            queue.ring_reader()
        log.info("posts_scored", posts=len(results), cases_opened=len(opened), pictures_to_read=asked)


@app.task(name=queue.READ_PICTURE, bind=True, **PATIENT)
def read_picture(self: Task) -> None:
    """Read the picture that waits longest, and ring for the next."""
    if reading.read_next(by=f"{self.request.id}/{self.request.retries}"):
        queue.ring_reader()


@app.task(name="worker.tasks.ring_for_waiting_posts")
def ring_for_waiting_posts() -> None:
    """Queue posts and readings again whose message was lost: the database is the record."""
    with session_scope() as session:
        late = attempts.overdue(session)
        forgotten = readings.none_begun(session)
    if late:
        log.warning("posts_queued_again", posts=len(late), messages=queue.enqueue(late))
    if forgotten:
        log.warning("reader_rung_again")
        queue.ring_reader()


@app.task(name="worker.tasks.purge_expired_posts")
def purge_expired_posts() -> None:
    """Delete what is past its date."""
    purged = retention.purge_expired()
    log.info("expired_purged", posts=purged.posts, media=purged.media, rejections=purged.rejections)
