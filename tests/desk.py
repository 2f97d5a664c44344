"""An analyst's desk for tests: accounts, drawn pictures, and cases made the way the worker makes them."""

from contextlib import suppress
from io import BytesIO
from itertools import count

import numpy as np
from PIL import Image, ImageDraw

from triage import attempts, contracts, fingerprints, identity, policy, posts, scores
from triage.contracts import Level, Score
from triage.db import session_scope
from triage.errors import MediaError
from triage.evidence import Box, HeatMap, Kind, Sighting
from triage.images import decode
from triage.media import open_store
from triage.models import Analyst
from triage.pdq import Fingerprint, fingerprint

PASSWORD = "correct horse battery"
POINTS = {"unsure": 0.2, "likely": 0.5, "strong": 0.8}
_numbers = count(1)


def add_analyst(name: str = "anna") -> Analyst:
    with session_scope() as session:
        return identity.add_analyst(session, name, PASSWORD)


def drawing(size: tuple[int, int] = (640, 480), kind: str = "PNG") -> bytes:
    """A picture whose sharp black and white stripes are gone when it is blurred."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for x in range(0, size[0], 20):
        draw.rectangle((x, 0, x + 9, size[1]), fill="black")
    draw.text((40, 40), "drawn", fill="red", font_size=80)
    out = BytesIO()
    image.save(out, kind)
    return out.getvalue()


def open_case(
    caption: str = "I will shoot them all tomorrow",
    pictures: tuple[bytes, ...] = (),
    problems: tuple[str, ...] = (),
    gun: float = 0.9,
    threat: float = 0.9,
    sighting: Sighting | None = None,
    **post: str,
) -> int:
    """Store a post, score it and return the id of the case that the policy opens for it."""
    media = [contracts.Media(sha256=open_store().put(data), size=len(data)) for data in pictures]
    media += [contracts.Media(problem=problem) for problem in problems]
    new = contracts.Post(
        source=post.pop("source", "drawn"),
        external_id=post.pop("external_id", f"post-{next(_numbers)}"),
        caption=caption,
        media=tuple(media),
        **post,
    )
    with session_scope() as session:
        (pending,) = attempts.take(session, posts.record(session, [new]).stored, "desk/0")
        pictured = (picture_score(gun, item.sha256, sighting) for item in media if item.sha256)
        said = (text_score(threat), *pictured)
        (case_id,) = scores.record(session, [scores.ScoredPost(pending, said)], policy.current())
    with session_scope() as session:
        fingerprints.record(session, [_fingerprints(pictures)])
    return case_id


def text_score(probability: float) -> Score:
    return _score("violence_text", probability)


def picture_score(probability: float, sha256: str | None, sighting: Sighting | None = None) -> Score:
    score = _score("gun_image", probability)
    evidence = score.evidence | (sighting.evidence() if sighting else {})
    return score.model_copy(update={"media_sha256": sha256, "evidence": evidence})


def seen_upper_left() -> Sighting:
    """A pistol in the upper left of a picture."""
    cells = np.zeros((15, 20))
    cells[2:5, 3:8] = 0.9
    return Sighting(
        map=HeatMap.of(cells),
        boxes=(Box(0.15, 0.1333, 0.4, 0.3333),),
        kind=Kind(name="pistol", probability=0.83),
    )


def _fingerprints(pictures: tuple[bytes, ...]) -> dict[str, Fingerprint]:
    """Take the fingerprints of those that can be decoded."""
    taken = {}
    for data in pictures:
        with suppress(MediaError):
            taken[open_store().put(data)] = fingerprint(decode(data))
    return taken


def _score(scorer: str, probability: float) -> Score:
    level = max((at for at in Level if probability >= POINTS.get(at, 0)), key=lambda at: at.rank)
    evidence = {"version": 1, "operating_points": POINTS}
    return Score(scorer=scorer, version="7", raw=0.0, probability=probability, level=level, evidence=evidence)
