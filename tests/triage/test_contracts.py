import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.made import post
from triage.contracts import Level, Media, PostBatch, Score, storable


@given(st.text(st.characters(codec=None)))
def test_any_caption_becomes_one_that_postgresql_can_hold(caption: str) -> None:
    kept = post(caption=caption).caption
    assert "\x00" not in kept
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert storable(kept) == kept


def test_a_whole_emoji_written_as_two_surrogates_is_kept() -> None:
    assert post(caption="\ud83d\udd2b").caption == "🔫"


@pytest.mark.parametrize("external_id", ["", "a\x00b", "a\ud800b", "x" * 513])
def test_an_id_that_could_not_be_stored_unchanged_is_refused(external_id: str) -> None:
    with pytest.raises(ValidationError):
        post(external_id=external_id)


def test_a_time_without_a_zone_is_read_as_utc() -> None:
    assert post(posted_at="2026-03-01T10:00:00").posted_at.isoformat() == "2026-03-01T10:00:00+00:00"


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(ValidationError, match="strikes"):
        post(strikes=3)


def test_media_holds_either_bytes_or_a_problem() -> None:
    with pytest.raises(ValidationError, match="either"):
        Media()
    with pytest.raises(ValidationError, match="either"):
        Media(sha256="0" * 64, problem="not found")


def test_a_score_holds_either_a_probability_or_an_error() -> None:
    with pytest.raises(ValidationError, match="either"):
        Score(scorer="toy", version="1")
    with pytest.raises(ValidationError, match="either"):
        Score(scorer="toy", version="1", probability=0.5, error="broken")


def test_levels_are_ordered() -> None:
    assert [level.rank for level in (Level.CLEAR, Level.UNSURE, Level.LIKELY, Level.STRONG)] == [0, 1, 2, 3]


def test_a_queue_message_holds_ids_and_nothing_else() -> None:
    assert set(PostBatch.model_fields) == {"post_ids"}
