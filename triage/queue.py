"""The queue: a doorbell. Messages hold post ids or nothing at all, never captions or pictures."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from triage import embedded
from triage.contracts import PostBatch
from triage.errors import ServiceUnavailable
from triage.settings import get_settings

SCORE = "score"
"""Queue of posts that wait for their scores."""
SCORE_POSTS = "worker.tasks.score_posts"
READ = "read"
"""Queue of the reader, which is slow. Its messages say only that a picture waits."""
READ_PICTURE = "worker.tasks.read_picture"
TASK_SECONDS = 600
VISIBILITY_SECONDS = 900
"""Redis hands a message to another worker after this long; must exceed the time limit of a task."""

T = TypeVar("T")


def make_app(name: str = "flagpost") -> Celery:
    """Return a Celery app with Flagpost's settings.

    Late acknowledgement and rejection on a lost worker: a message survives its worker. JSON only.
    """
    broker = get_settings().broker_url or embedded.broker_url()
    made = Celery(name, broker=broker, set_as_current=False)
    made.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_default_queue=SCORE,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=TASK_SECONDS,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_SECONDS,
            "socket_connect_timeout": 5,
            "health_check_interval": 30,
        },
        timezone="UTC",
    )
    return made


@lru_cache(maxsize=1)
def app() -> Celery:
    """Return this process's app for sending: the worker has its own, with tasks."""
    return make_app()


def enqueue(post_ids: Iterable[int]) -> int:
    """Queue posts for scoring, `batch_size` ids to a message. Call it after the commit that stored them.

    Returns:
        The number of messages sent.

    Raises:
        ServiceUnavailable: the broker cannot be reached. Nothing is lost: the posts stay pending in the
            database and are queued again later.

    """
    sent = 0
    for ids in batched(post_ids, get_settings().batch_size):
        _send(SCORE_POSTS, SCORE, list(PostBatch(post_ids=tuple(ids)).post_ids))
        sent += 1
    return sent


def ring_reader() -> None:
    """Tell the reader that a picture waits to be read. Call it after the commit.

    Raises:
        ServiceUnavailable: the broker cannot be reached. Nothing is lost: see `enqueue`.
    """
    _send(READ_PICTURE, READ)


def _send(task: str, to: str, *arguments: list[int]) -> None:
    policy = {"max_retries": 3, "interval_start": 0.1, "interval_step": 0.2}
    with broker_errors():
        app().send_task(task, args=arguments, queue=to, retry=True, retry_policy=policy)


@contextmanager
def broker_errors() -> Iterator[None]:
    """Turn the errors of an unreachable broker into ours, which says what to do.

    Raises:
        ServiceUnavailable: the broker cannot be reached.
    """
    try:
        yield
    except (OperationalError, RedisError, OSError) as error:
        raise ServiceUnavailable(
            f"The broker cannot be reached: {error}. Check FLAGPOST_BROKER_URL, or run `flagpost doctor`. "
            "Stored posts are safe in the database and are queued again when it is back."
        ) from error


def batched(items: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    """Yield successive lists of at most `size` items (itertools.batched is younger than Python 3.11)."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
