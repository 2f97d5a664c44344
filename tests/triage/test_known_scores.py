"""What other posts' scores say of a picture."""

import pytest

from tests.made import failed, picture, post, record, score, store, take
from triage import known_scores
from triage.contracts import Level, Score
from triage.db import session_scope
from triage.known_scores import Known

pytestmark = pytest.mark.usefixtures("database")

A, B = "a" * 64, "b" * 64


def posted(number: int, *said: Score) -> None:
    (post_id,) = store(post(number, media=(picture(A), picture(B))))
    record(take(post_id)[0], *said)


def known(*by: tuple[str, str]) -> Known:
    with session_scope() as session:
        return known_scores.of_pictures(session, [A, B], by)


def test_a_score_is_given_back_as_it_was() -> None:
    evidence = {
        "version": 1,
        "boxes": [[0.1, 0.2, 1 / 3, 0.4]],
        "kind": {"name": "pistol", "probability": 0.83},
    }
    said = score(Level.STRONG, "gun", media_sha256=A, raw=0.1 + 0.2, evidence=evidence)
    posted(1, said)
    posted(2, said)
    assert known(("gun", "1")) == {("gun", A): said}


def test_each_scorer_and_picture_is_told_apart() -> None:
    said = [score(Level.CLEAR, name, media_sha256=sha) for name in ("gun", "knife") for sha in (A, B)]
    posted(1, *said)
    assert known(("gun", "1"), ("knife", "1")) == {(each.scorer, each.media_sha256): each for each in said}
    assert known() == {}


def test_other_versions_errors_and_captions_are_not_known() -> None:
    posted(1, score(scorer="gun"), score(scorer="gun", version="2", media_sha256=A))
    posted(2, failed("truncated", "gun").model_copy(update={"media_sha256": B}))
    assert known(("gun", "1")) == {}
