"""Words that carry a score: marked in the caption and in the text of a picture, and framed in the picture."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from tests.console.conftest import Visitor
from tests.desk import drawing, open_case, text_score
from triage import policy, scores
from triage.db import session_scope
from triage.evidence import Box
from triage.media import open_store
from triage.models import AuditEntry, Reading, Score
from triage.wording import Line, PictureText

HOSTILE = "<script>alert(1)</script>"
FOUND = PictureText.of(
    [
        Line(text="we will <b>shoot", box=Box(0.1, 0.1, 0.6, 0.2), confidence=0.95),
        Line(text="them all", box=Box(0.1, 0.5, 0.5, 0.6), confidence=0.9),
    ]
)


def ask(**reading: object) -> str:
    with session_scope() as session:
        session.add(Reading(sha256=open_store().put(drawing()), **reading))
    return open_store().put(drawing())


def read(words: list[list[float]], found: PictureText = FOUND) -> str:
    """Let the picture be read: its words are scored and belong to the post."""
    sha256 = ask(state="read", version="1", found=found.model_dump(mode="json"))
    said = text_score(0.9)
    evidence = said.evidence | {"picture_text": found.model_dump(mode="json"), "words": words}
    late = said.model_copy(update={"media_sha256": sha256, "evidence": evidence})
    with session_scope() as session:
        scores.record_late(session, sha256, [late], policy.current())
    return sha256


def rewrite_caption_evidence(**changes: object) -> None:
    with session_scope() as session:
        (score,) = session.scalars(select(Score).where(Score.media_sha256.is_(None)))
        score.evidence = score.evidence | changes


def test_the_words_that_carry_the_score_are_marked_in_the_caption_and_safe(anna: Visitor) -> None:
    case_id = open_case(f"I will shoot {HOSTILE}")
    rewrite_caption_evidence(words=[[7, 12, 1.0], [13, 21, 0.5]])
    page = anna.get(f"/cases/{case_id}")
    assert "I will <mark>shoot</mark> <mark>&lt;script&gt;</mark>alert(1)&lt;/script&gt;</p>" in page
    assert "<script" not in page
    assert "Marked: the words that carry the score." in page


def test_the_kind_of_threat_and_a_foreign_language_are_said_in_words(anna: Visitor) -> None:
    case_id = open_case("te voy a matar")
    rewrite_caption_evidence(
        kind={"name": "veiled", "probability": 0.8}, out_of_scope="the model reads English; this is es"
    )
    page = anna.get(f"/cases/{case_id}")
    assert "Looks most like: a veiled threat, 80 %" in page
    assert "Out of scope: the model reads English; this is es." in page


def test_a_caption_without_marked_words_is_shown_as_it_is(anna: Visitor) -> None:
    page = anna.get(f"/cases/{open_case('two  spaces & more')}")
    assert '<p class="caption" dir="auto" tabindex="0">two  spaces &amp; more</p>' in page
    assert "<mark>" not in page


def test_the_text_of_a_picture_stands_under_its_score_line_by_line(anna: Visitor) -> None:
    case_id = open_case(pictures=(drawing(),))
    read([[11, 21, 1.0]])
    page = anna.get(f"/cases/{case_id}")
    assert "Violent threat in the picture&#39;s words" in page
    assert "Text in the picture" in page
    assert "<li>we will &lt;b&gt;<mark>shoot</mark></li><li><mark>them</mark> all</li>" in page
    assert "Letters may be misread" in page


def test_frames_lie_over_the_opened_picture_only_and_are_no_look(anna: Visitor) -> None:
    case_id = open_case(pictures=(drawing(),))
    sha256 = read([])
    overlay = f'src="/cases/{case_id}/pictures/{sha256}/words" alt=""'
    assert overlay not in anna.get(f"/cases/{case_id}")
    page = anna.get(f"/cases/{case_id}?opened={sha256}")
    assert overlay in page
    assert '<label class="switch" for="words-1">' in page
    response = anna.client.get(f"/cases/{case_id}/pictures/{sha256}/words")
    assert response.headers["content-type"] == "image/png"
    shown = np.asarray(Image.open(BytesIO(response.content)))
    assert shown.shape == (480, 640, 4)
    assert shown[48:50, 100:380, 3].min() == 255, "the upper edge of the first frame"
    assert shown[60:90, 120:370, 3].max() == 0, "its inside is glass"
    assert shown[300:, 400:, 3].max() == 0
    with session_scope() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "picture.opened")).all() == []


def test_a_picture_without_a_text_has_no_frames(anna: Visitor) -> None:
    case_id = open_case(pictures=(drawing(),))
    sha256 = open_store().put(drawing())
    assert "/words" not in anna.get(f"/cases/{case_id}?opened={sha256}")
    assert anna.client.get(f"/cases/{case_id}/pictures/{sha256}/words").status_code == 404
    assert "Text in the picture" not in anna.get(f"/cases/{case_id}")


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        ({}, "waits to be read"),
        ({"state": "failed", "failure": "torn <i>"}, "Could not be read: torn &lt;i&gt;"),
        ({"state": "read", "found": {"text": "", "lines": []}}, "no words were found"),
        ({"state": "read", "found": FOUND.model_dump(mode="json")}, "<li>them all</li>"),
    ],
)
def test_the_page_says_how_far_the_reading_has_come(
    anna: Visitor, reading: dict[str, object], said: str
) -> None:
    case_id = open_case(pictures=(drawing(),))
    ask(**reading)
    assert said in anna.get(f"/cases/{case_id}")


def test_the_queue_shows_the_words_of_a_picture_as_text_not_as_a_gun(anna: Visitor) -> None:
    open_case(pictures=(drawing(),), gun=0.3, threat=0.85)
    read([])
    page = " ".join(anna.get("/").split())
    picture, text = page.index('data-label="Picture"'), page.index('data-label="Text"')
    assert "30 %" in page[picture:text]
    assert "90 %" in page[text:]
