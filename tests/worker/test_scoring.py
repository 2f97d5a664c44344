"""A batch's pictures: looked at once, whatever is wanted of them."""

from operator import itemgetter
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from tests.drawn_scenes import scene
from tests.made import post, store, tally
from tests.triage.test_images import png_claiming
from tests.worker.drawn_text import written
from tests.worker.made_pictures import encoded
from triage import contracts, images, posts
from triage.db import session_scope
from triage.images import Picture
from triage.media import open_store
from triage.models import Media, Reading, Score
from triage.pdq import fingerprint
from triage.settings import get_settings
from worker import tasks
from worker.scorers.toy import ToyImage

pytestmark = pytest.mark.usefixtures("database", "toys")


def kept(data: bytes) -> contracts.Media:
    return contracts.Media(sha256=open_store().put(data), size=len(data))


def score(*post_ids: int) -> None:
    """What a worker does with a message."""
    tasks.score_posts.apply(args=[list(post_ids)], throw=True)


@pytest.fixture(autouse=True)
def _settings(database: None, toys: None) -> None:
    get_settings.cache_clear()


class ToyBlue(ToyImage):
    """Another scorer of pictures."""

    name = "toy_blue"


def picture_scores(post_id: int) -> list[dict[str, Any]]:
    """All that is written about a post's pictures, but for what is the post's own."""
    table = Score.__table__
    with session_scope() as session:
        found = session.execute(
            select(table).where(table.c.post_id == post_id, table.c.media_sha256.is_not(None))
        )
        rows = sorted(
            (dict(row._mapping) for row in found), key=itemgetter("scorer", "version", "media_sha256")
        )
    return [{key: row[key] for key in row.keys() - {"id", "post_id", "scored_at"}} for row in rows]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scorers of pictures that had to look, one entry a picture."""
    seen: list[str] = []

    def score_good(scorer: ToyImage, items: list[Picture]) -> list[contracts.Score]:
        seen.extend([scorer.name] * len(items))
        return original(scorer, items)

    original = ToyImage.score_good
    monkeypatch.setattr(ToyImage, "score_good", score_good)
    return seen


@pytest.mark.parametrize("scorer", ["toy_image", "gun_image"])
def test_a_picture_known_from_another_post_has_the_same_scores(
    scorer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_SCORERS", f"toy_text,{scorer}")
    get_settings.cache_clear()
    media = tuple(kept(encoded(Image.fromarray(scene(seed)))) for seed in range(3))
    first, second, third = (store(post(number, media=media))[0] for number in range(3))
    score(first)
    monkeypatch.setattr(images, "decode", not_again)
    score(second, third)
    assert picture_scores(first) == picture_scores(second) == picture_scores(third)
    assert len(picture_scores(first)) == 3
    assert tally(second, third) == posts.Tally(scored=2)


def not_again(*_: object) -> Picture:
    raise AssertionError("a known picture was decoded")


def test_known_and_new_pictures_of_a_batch_keep_their_own_scores(looked: list[str]) -> None:
    shares = (0, 10, 20, 30)
    reds = [kept(encoded(Image.fromarray(red(share)))) for share in shares]
    score(*store(post(1, media=(reds[0], reds[2]))))
    (second,) = store(post(2, media=tuple(reds)))
    score(second)
    said = {row["media_sha256"]: row["probability"] for row in picture_scores(second)}
    assert [said[each.sha256] for each in reds] == [share / 100 for share in shares]
    assert len(looked) == 4


def red(percent: int) -> Picture:
    picture = np.zeros((10, 10, 3), np.uint8)
    picture.reshape(-1, 3)[:percent, 0] = 255
    return picture


def test_another_version_scores_a_known_picture(looked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    media = (kept(encoded(Image.fromarray(scene(1)))),)
    score(*store(post(1, media=media)))
    monkeypatch.setattr(ToyImage, "version", "2")
    score(*store(post(2, media=media)))
    score(*store(post(3, media=media)))
    assert looked == ["toy_image"] * 2


def test_only_the_scorer_that_does_not_know_a_picture_looks(
    looked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    media = (kept(encoded(Image.fromarray(scene(1)))),)
    score(*store(post(1, media=media)))
    monkeypatch.setenv("FLAGPOST_SCORERS", "toy_text,toy_image,tests.worker.test_scoring:ToyBlue")
    get_settings.cache_clear()
    (second,) = store(post(2, media=media))
    score(second)
    assert looked == ["toy_image", "toy_blue"]
    assert [row["scorer"] for row in picture_scores(second)] == ["toy_blue", "toy_image"]


def test_an_error_is_not_taken_over(looked: list[str]) -> None:
    data = encoded(Image.fromarray(scene(1)))
    media = kept(data)
    open_store().delete(media.sha256 or "")
    first, second = store(post(1, media=(media,)), post(2, media=(media,)))
    score(first)
    kept(data)
    score(second)
    assert [row["error"] is None for post_id in (first, second) for row in picture_scores(post_id)] == [
        False,
        True,
    ]
    assert looked == ["toy_image"]


def test_a_known_picture_is_still_looked_at_for_words(monkeypatch: pytest.MonkeyPatch) -> None:
    media = (kept(encoded(Image.fromarray(written("we carry", "a sign")))),)
    score(*store(post(1, media=media)))
    monkeypatch.setenv("FLAGPOST_READER", "tests.e2e.strange:WordyReader")
    get_settings.cache_clear()
    score(*store(post(2, media=media)))
    with session_scope() as session:
        assert session.scalars(select(Reading.sha256)).one() == media[0].sha256


def test_a_picture_that_is_scored_keeps_its_fingerprint() -> None:
    drawn = scene(1)
    score(*store(post(media=(kept(encoded(Image.fromarray(drawn))),))))
    with session_scope() as session:
        assert session.scalars(select(Media.pdq)).one() == f"{fingerprint(drawn).bits:0256b}"


@pytest.mark.parametrize(
    "data",
    [
        encoded(Image.fromarray(scene(1)))[:500],
        png_claiming(60_000, 60_000),
        b"no picture",
        encoded(Image.fromarray(np.zeros((300, 300, 3), np.uint8))),
        encoded(Image.new("RGB", (1, 1))),
    ],
    ids=["broken", "bomb", "text", "black", "one pixel"],
)
def test_a_picture_without_a_fingerprint_costs_no_post(data: bytes) -> None:
    good = kept(encoded(Image.fromarray(scene(1))))
    ids = store(post(1, media=(kept(data), good)), post(2))
    score(*ids)
    assert tally(*ids) == posts.Tally(scored=2)
    with session_scope() as session:
        pictures = {row.sha256: row.pdq for row in session.scalars(select(Media))}
    assert pictures.pop(good.sha256 or "") is not None
    assert set(pictures.values()) == {None}
