"""Celery tasks, thin: load, re-check, call a service, return. At-least-once delivery changes nothing."""

from typing import Any

import structlog
from celery import Task

from triage import attempts, policy, queue, retention, scores
from triage.db import session_scope
from triage.errors import ServiceUnavailable
from worker import scoring
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
            opened = scores.record(session, results, policy.current())
        log.info("posts_scored", posts=len(results), cases_opened=len(opened))


@app.task(name="worker.tasks.ring_for_waiting_posts")
def ring_for_waiting_posts() -> None:
    """Queue posts again whose message was lost: the queue is a doorbell, the database the record."""
    with session_scope() as session:
        late = attempts.overdue(session)
    if late:
        log.warning("posts_queued_again", posts=len(late), messages=queue.enqueue(late))


@app.task(name="worker.tasks.purge_expired_posts")
def purge_expired_posts() -> None:
    """Delete what is past its date."""
    purged = retention.purge_expired()
    log.info("expired_purged", posts=purged.posts, media=purged.media, rejections=purged.rejections)
