"""A batch's pictures: looked at once, whatever is wanted of them."""

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from tests.drawn_scenes import scene
from tests.made import post, store, tally
from tests.triage.test_images import png_claiming
from tests.worker.made_pictures import encoded
from triage import contracts, posts
from triage.db import session_scope
from triage.media import open_store
from triage.models import Media
from triage.pdq import fingerprint
from worker import tasks

pytestmark = pytest.mark.usefixtures("database", "toys")


def kept(data: bytes) -> contracts.Media:
    return contracts.Media(sha256=open_store().put(data), size=len(data))


def score(*post_ids: int) -> None:
    """What a worker does with a message."""
    tasks.score_posts.apply(args=[list(post_ids)], throw=True)


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
