"""Posts that their sources deleted: gone with the next purge, unless somebody needs them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from tests.made import picture, post, record, score, store, take
from triage import audit, deletions, handles, models, retention, reviews
from triage.contracts import Level
from triage.db import session_scope
from triage.pseudonyms import author_ref
from triage.reviews import Verdict
from triage.settings import get_settings

pytestmark = pytest.mark.usefixtures("database")


def delete(*numbers: int, source: str = "made") -> None:
    with session_scope() as session:
        deletions.record(session, [(source, f"post-{number}") for number in numbers])


def left() -> list[str]:
    with session_scope() as session:
        return sorted(session.scalars(select(models.Post.external_id)))


def purge() -> list[str]:
    retention.purge_expired()
    return left()


def scored(number: int = 1, level: Level = Level.CLEAR) -> int:
    (post_id,) = store(post(number))
    record(take(post_id)[0], score(level))
    return post_id


def decide(verdict: Verdict, reason: str) -> models.Case:
    with session_scope() as session:
        analyst = models.Analyst(name="anna", password_hash="-")
        session.add(analyst)
        session.flush()
        (case,) = session.scalars(select(models.Case))
        reviews.decide(session, case.id, analyst, verdict, reason)
        return case


def test_a_deleted_post_leaves_with_the_next_purge_and_the_rest_stays() -> None:
    scored(1)
    scored(2)
    delete(1)
    assert purge() == ["post-2"]
    with session_scope() as session:
        assert session.scalar(select(func.count()).select_from(models.Score)) == 1
        (entry,) = session.scalars(select(models.AuditEntry))
        assert (entry.action, entry.detail["posts"]) == (audit.Deed.EXPIRED_PURGED, 1)


def test_the_same_id_of_another_source_stays() -> None:
    scored(1)
    delete(1, source="elsewhere")
    assert purge() == ["post-1"]


def test_a_post_that_still_waits_is_scored_before_it_leaves() -> None:
    (post_id,) = store(post(1))
    delete(1)
    assert purge() == ["post-1"]
    record(take(post_id)[0], score())
    assert purge() == []


def test_a_deleted_post_that_is_flagged_stays_until_somebody_dismisses_it() -> None:
    scored(1, Level.STRONG)
    delete(1)
    assert purge() == ["post-1"]
    case = decide(Verdict.DISMISS, "not_a_gun")
    assert case.closed_at is not None
    assert case.purge_by == case.closed_at
    assert purge() == []


def test_an_escalated_post_is_kept_for_as_long_as_its_case() -> None:
    post_id = scored(1, Level.STRONG)
    decide(Verdict.ESCALATE, "threat_to_people")
    delete(1)
    assert purge() == ["post-1"]
    with session_scope() as session:
        session.execute(update(models.Post).values(expires_at=datetime.now(UTC) - timedelta(days=1)))
        assert session.get_one(models.Post, post_id).deleted_at is not None
    assert purge() == []


def test_where_the_settings_say_so_a_deleted_post_leaves_even_from_under_its_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLAGPOST_DELETED_CASES", "purge")
    get_settings.cache_clear()
    scored(1, Level.STRONG)
    delete(1)
    assert purge() == []


def test_all_revisions_leave_together() -> None:
    scored(1)
    (second,) = store(post(1, caption="changed", edited_at=datetime(2026, 11, 2, tzinfo=UTC)))
    record(take(second)[0], score())
    delete(1)
    assert purge() == []


def test_a_deleted_post_is_not_stored_again_nor_if_its_deletion_came_first() -> None:
    delete(1, 2)
    assert store(post(1), post(3)) != ()
    assert left() == ["post-3"]
    later = post(2, caption="edited", edited_at=datetime(2026, 11, 2, tzinfo=UTC), media=(picture(),))
    assert store(later) == ()


def test_a_deletion_told_twice_counts_once() -> None:
    scored(1)
    delete(1)
    with session_scope() as session:
        first = session.scalar(select(models.Post.deleted_at))
    delete(1, 1)
    with session_scope() as session:
        assert session.scalar(select(models.Post.deleted_at)) == first
        assert session.scalar(select(func.count()).select_from(models.Tombstone)) == 1


def test_the_tombstone_of_a_post_that_never_came_leaves_after_a_day() -> None:
    scored(1)
    delete(1, 2)
    with session_scope() as session:
        left = [row.expires_at - row.deleted_at for row in session.scalars(select(models.Tombstone))]
    assert sorted(left) == [timedelta(days=1), timedelta(days=365)]


def test_what_is_left_names_neither_the_post_nor_its_author() -> None:
    with session_scope() as session:
        deletions.record(session, [("forum", "https://forum.example/jane_roe/17")])
    with session_scope() as session:
        (tombstone,) = session.scalars(select(models.Tombstone))
        assert "jane" not in str(vars(tombstone))
        assert len(tombstone.ref) == 32


def test_a_tombstone_leaves_on_its_own_clock() -> None:
    delete(1)
    with session_scope() as session:
        session.execute(update(models.Tombstone).values(expires_at=datetime.now(UTC) - timedelta(days=1)))
    assert retention.purge_expired() == retention.Purged(tombstones=1)
    assert store(post(1)) != ()


def test_the_posts_of_an_account_that_is_gone_go_with_it_and_do_not_come_back() -> None:
    ours, other, stranger = (author_ref("made", name) for name in ("ann", "bob", "carol"))
    made = [post(1, author_ref=ours), post(2, author_ref=ours), post(3, author_ref=other)]
    for one, post_id in zip(made, store(*made), strict=True):
        record(take(post_id)[0], score())
        with session_scope() as session:
            handles.record(session, {str(one.author_ref): "sealed"})
    with session_scope() as session:
        assert deletions.record_accounts(session, [stranger]) == 0
        assert deletions.record_accounts(session, [ours, stranger]) == 2
        assert deletions.record_accounts(session, []) == 0
    assert purge() == ["post-3"]
    assert store(*made) == ()
