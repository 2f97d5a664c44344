import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from tests.made import picture, post, record, score, store, take
from triage import audit, media, models, rejections, retention
from triage.contracts import Level
from triage.db import session_scope
from triage.errors import MediaError

pytestmark = pytest.mark.usefixtures("database")
LONG_AGO = datetime.now(UTC) - timedelta(days=2)


def decide(state: str) -> None:
    with session_scope() as session:
        session.execute(update(models.Case).values(state=state))


def scored(*post_ids: int) -> tuple[int, ...]:
    for pending in take(*post_ids):
        record(pending, score())
    return post_ids


def expire(*post_ids: int, digest: str | None = None) -> None:
    if digest:
        (path,) = Path(os.environ["FLAGPOST_HOME"]).glob(f"media/*/{digest}")
        os.utime(path, (0, 0))
    with session_scope() as session:
        session.execute(update(models.Post).where(models.Post.id.in_(post_ids)).values(expires_at=LONG_AGO))
        session.execute(update(models.Media).values(stored_at=LONG_AGO))


def count(table: type) -> int:
    with session_scope() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_expired_post_goes_with_its_scores_and_pictures() -> None:
    digest = media.open_store().put(b"a picture")
    (post_id,) = store(post(media=(picture(digest),)))
    record(take(post_id)[0], score(Level.STRONG))
    decide("dismissed")
    expire(post_id, digest=digest)
    assert retention.purge_expired() == retention.Purged(posts=1, media=1)
    assert [count(table) for table in (models.Post, models.Score, models.Case, models.Media)] == [0, 0, 0, 0]
    with pytest.raises(MediaError):
        media.open_store().read(digest)


def test_a_post_that_is_not_due_stays() -> None:
    store(post())
    assert retention.purge_expired() == retention.Purged()
    assert count(models.Post) == 1


def test_a_picture_that_another_post_shows_stays() -> None:
    digest = media.open_store().put(b"a shared picture")
    ids = store(post(1, media=(picture(digest),)), post(2, media=(picture(digest),)))
    scored(*ids)
    expire(ids[0], digest=digest)
    assert retention.purge_expired() == retention.Purged(posts=1)
    assert media.open_store().read(digest) == b"a shared picture"


def test_the_purge_itself_is_audited_and_an_empty_one_is_not() -> None:
    retention.purge_expired()
    assert count(models.AuditEntry) == 0
    expire(*scored(*store(post(1), post(2))))
    retention.purge_expired()
    with session_scope() as session:
        (entry,) = session.scalars(select(models.AuditEntry))
        assert (entry.action, entry.detail["posts"]) == (audit.Deed.EXPIRED_PURGED, 2)
        assert audit.verify(session) is None


def test_rejected_items_leave_too() -> None:
    with session_scope() as session:
        rejections.record(session, "made", "posts.jsonl:3", "not JSON")
        session.execute(update(models.Rejection).values(expires_at=LONG_AGO))
    assert retention.purge_expired() == retention.Purged(rejections=1)
    assert count(models.Rejection) == 0


def test_a_post_that_still_waits_for_its_scores_is_never_purged() -> None:
    expire(*store(post()))
    assert retention.purge_expired() == retention.Purged()


def test_a_case_nobody_decided_is_never_purged_and_a_decided_one_is() -> None:
    (post_id,) = store(post())
    record(take(post_id)[0], score(Level.STRONG))
    expire(post_id)
    assert retention.purge_expired() == retention.Purged()
    decide("dismissed")
    assert retention.purge_expired() == retention.Purged(posts=1)


def test_a_picture_stored_again_just_now_stays_though_no_post_shows_it_yet() -> None:
    digest = media.open_store().put(b"a picture in use again")
    (post_id,) = scored(*store(post(media=(picture(digest),))))
    expire(post_id, digest=digest)
    media.open_store().put(b"a picture in use again")
    assert retention.purge_expired() == retention.Purged(posts=1)
    assert media.open_store().read(digest) == b"a picture in use again"


def test_pictures_of_duplicates_leave_too() -> None:
    store(post(1))
    digest = media.open_store().put(b"another picture of the same post")
    store(post(1, media=(picture(digest),)))
    expire(digest=digest)
    assert retention.purge_expired() == retention.Purged(media=1)


def test_the_clock_of_an_unflagged_post_starts_when_it_is_scored() -> None:
    (post_id,) = store(post())
    expire(post_id)
    scored(post_id)
    assert retention.purge_expired() == retention.Purged()
