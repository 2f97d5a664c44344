"""Readings of pictures that look like text: asked for, taken, ended. The database is the record here, too.

A reading is one picture's, whatever the number of posts that show it. Its messages say only that something
waits: whoever hears one takes the picture that waits longest.
"""

from collections.abc import Iterable
from importlib.util import find_spec

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage.models import Reading, ReadingState
from triage.models.base import from_now
from triage.queue import TASK_SECONDS
from triage.settings import get_settings
from triage.wording import PictureText

LIBRARY = "rapidocr"


def switched_on() -> bool:
    """Whether pictures are read: by `FLAGPOST_READER`, or because the reader's library is installed."""
    reader = get_settings().reader
    return find_spec(LIBRARY) is not None if reader == "auto" else reader != "off"


def request(session: Session, pictures: Iterable[str], version: str) -> int:
    """Ask for pictures (by sha256) to be read; what this version of the reader is done with stays as it is.

    Returns:
        How many of them wait now that did not before.
    """
    rows = [{"sha256": sha256} for sha256 in sorted(set(pictures))]
    if not rows:
        return 0
    anew = {**_ANEW, "requested_at": func.now()}
    ended_by_another = (Reading.state != ReadingState.WAITING) & (Reading.version != version)
    asked = insert(Reading).on_conflict_do_update(
        index_elements=["sha256"], set_=anew, where=ended_by_another
    )
    return len(session.scalars(asked.returning(Reading.sha256), rows).all())


def known(session: Session, pictures: Iterable[str], version: str) -> dict[str, PictureText]:
    """Return what this version of the reader has read already, by sha256."""
    rows = session.execute(
        select(Reading.sha256, Reading.found).where(
            Reading.sha256.in_(set(pictures)), Reading.state == ReadingState.READ, Reading.version == version
        )
    )
    return {row.sha256: PictureText.model_validate(row.found) for row in rows}


def take(session: Session, by: str) -> str | None:
    """Begin an attempt at the picture that waits longest and that nobody is reading; None where none waits.

    A picture whose attempts ended too often with the death of their worker is set aside instead.

    Args:
        session: the transaction; commit it before the attempt, so that the attempt is counted if it kills us.
        by: who tries: the task's id, a slash, and the number of its planned retry; see `attempts.take`.
    """
    while (reading := _begin(session, by)) and reading.attempts > get_settings().max_attempts:
        times = reading.attempts - 1
        reason = f"Reading it never came to an end, {times} times. Look at the picture, then retry it."
        set_aside(session, reading.sha256, None, reason)
    return reading.sha256 if reading else None


def finish(session: Session, sha256: str, version: str, found: PictureText) -> None:
    """Keep what was read in a picture; a picture that was purged meanwhile stays gone."""
    _end(session, sha256, state=ReadingState.READ, version=version, found=found.model_dump(mode="json"))


def set_aside(session: Session, sha256: str, version: str | None, reason: str) -> None:
    """Mark a reading as failed, with a reason a person can act on; `retry` brings it back."""
    _end(session, sha256, state=ReadingState.FAILED, version=version, failure=reason)


def none_begun(session: Session) -> bool:
    """Whether pictures wait, and for longer than a healthy queue takes nobody has begun to read any.

    Never where none are read: what waits there waits for somebody to switch the reader on.
    """
    if not switched_on():
        return False
    healthy = from_now(seconds=-get_settings().pending_after_seconds)
    waits = select(Reading).where(Reading.state == ReadingState.WAITING, Reading.requested_at < healthy)
    return bool(
        session.scalar(select(waits.exists() & ~select(Reading).where(Reading.tried_at > healthy).exists()))
    )


_ANEW = {"state": ReadingState.WAITING, "attempts": 0, "tried_at": None, "tried_by": None, "failure": None}


def _begin(session: Session, by: str) -> Reading | None:
    task = by.partition("/")[0]
    retried = Reading.tried_by.startswith(f"{task}/", autoescape=True) & (Reading.tried_by != by)
    longest = (
        select(Reading.sha256)
        .where(Reading.state == ReadingState.WAITING, _nobody_reads(by) | retried)
        .order_by(Reading.requested_at, Reading.sha256)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    count = case((retried, 1), else_=Reading.attempts + 1)
    begun = (
        update(Reading)
        .where(Reading.sha256 == longest.scalar_subquery())
        .values(attempts=count, tried_at=func.clock_timestamp(), tried_by=by)
        .returning(Reading)
    )
    return session.scalar(begun, execution_options={"populate_existing": True})


def _nobody_reads(by: str) -> ColumnElement[bool]:
    """Never tried; or its attempt is over: our delivery came again, or no task may run that long."""
    over = Reading.tried_at < from_now(seconds=-TASK_SECONDS)
    died = (Reading.tried_by == by) & (Reading.tried_at < func.now())
    return Reading.tried_at.is_(None) | over | died


def _end(session: Session, sha256: str, **values: object) -> None:
    waiting = update(Reading).where(Reading.sha256 == sha256, Reading.state == ReadingState.WAITING)
    session.execute(waiting.values(attempts=0, **values))
