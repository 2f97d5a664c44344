"""The Celery app of the scoring fleet: `celery -A worker.app worker`, `celery -A worker.app beat`."""

import gc

import structlog
from celery import signals
from celery.apps.worker import Worker

from triage import logs, policy, queue, readings
from triage.errors import FlagpostError
from triage.queue import make_app
from triage.settings import get_settings
from worker import language, readers, scorers

app = make_app("flagpost")
app.conf.update(
    include=["worker.tasks"],
    beat_schedule={
        "ring-for-waiting-posts": {"task": "worker.tasks.ring_for_waiting_posts", "schedule": 60.0},
        "purge-expired-posts": {"task": "worker.tasks.purge_expired_posts", "schedule": 600.0},
    },
)


@signals.worker_init.connect
def _check_what_is_needed(**_: object) -> None:
    """Stop at once, with a reason, where no post could be scored: an altered model, a wrong policy."""
    try:
        policy.current()
        for name in get_settings().scorers:
            scorers.check(name)
        if "violence_text" in get_settings().scorers:
            language.load()
        if readings.switched_on():
            readers.version()
    except FlagpostError as error:
        raise SystemExit(f"error: {error}") from error


@signals.celeryd_after_setup.connect
def _check_the_reader(instance: Worker, **_: object) -> None:
    """Stop at once, with a reason, where a worker that should read pictures cannot."""
    if queue.READ in instance.app.amqp.queues.consume_from:
        try:
            readers.check()
        except FlagpostError as error:
            raise SystemExit(f"error: {error}") from error


@signals.setup_logging.connect
def _set_up_logging(**_: object) -> None:
    logs.set_up()


@signals.worker_before_create_process.connect
def _keep_memory_shared(**_: object) -> None:
    """Keep the collector's hands off what a child inherits: touching it copies 20 MB into every process."""
    gc.collect()
    gc.freeze()


@signals.task_prerun.connect
def _bind_task(task_id: str, **_: object) -> None:
    structlog.contextvars.bind_contextvars(task_id=task_id)


@signals.task_postrun.connect
def _clear_task(**_: object) -> None:
    structlog.contextvars.clear_contextvars()
