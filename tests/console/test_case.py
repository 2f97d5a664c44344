"""One case's page and its decision."""

import re
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.console.conftest import Visitor
from tests.desk import POINTS, add_analyst, drawing, open_case
from triage import deletions, reviews
from triage.db import session_scope
from triage.models import AuditEntry, Case, CaseState, Post, Review, Score
from triage.reviews import REASONS, Verdict


def decide(visitor: Visitor, case_id: int, **fields: str) -> tuple[int, str]:
    form = {"csrf": visitor.token("/"), "verdict": "dismiss", "reason": "game_or_film", **fields}
    response = visitor.client.post(f"/cases/{case_id}/decision", data=form, follow_redirects=False)
    return response.status_code, response.text


def said_of(case_id: int, visitor: Visitor) -> list[str]:
    """What a case's page says of where else its pictures were posted, without the markup."""
    found = re.findall(r'<p class="elsewhere">(.*?)</p>', visitor.get(f"/cases/{case_id}"), re.DOTALL)
    return [re.sub(r"<[^>]+>", "", words) for words in found]


def deeds(action: str) -> list[str]:
    with session_scope() as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
        return [f"{entry.actor} {entry.subject}" for entry in found]


def test_a_case_shows_what_was_posted_said_and_why_it_is_here(anna: Visitor) -> None:
    case_id = open_case("line one\nline two", pictures=(drawing(),), gun=0.61, threat=0.87)
    page = anna.get(f"/cases/{case_id}")
    for words in (
        "line one\nline two",
        "A picture of a gun together with violent text",
        "policy 2026.11",
        "61 %",
        "87 %",
        "not the person",
        *(f"{level} from {start:.0%}".replace("%", " %") for level, start in POINTS.items()),
    ):
        assert words in page, words


def test_each_look_at_a_case_is_recorded(anna: Visitor) -> None:
    case_id = open_case()
    anna.get(f"/cases/{case_id}")
    anna.get(f"/cases/{case_id}")
    assert deeds("case.viewed") == [f"anna case:{case_id}"] * 2


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "\"'><img src=x onerror=y>", "{{ 7 * 7 }}"])
def test_what_came_from_outside_is_shown_as_text(anna: Visitor, hostile: str) -> None:
    post: dict[str, Any] = {
        "url": f"javascript:{hostile}",
        "language": hostile,
        "external_id": hostile,
        "source": hostile,
    }
    case_id = open_case(hostile, problems=(hostile,), **post)
    for page in (anna.get(f"/cases/{case_id}"), anna.get("/")):
        assert "<script" not in page
        assert "<img src=x" not in page
        assert "49" not in re.findall(r">\s*(\d+)\s*<", page)
        assert 'href="javascript' not in page


def test_an_edited_post_shows_what_it_said_before_and_links_its_cases(anna: Visitor) -> None:
    first = open_case("I will shoot them all", external_id="edited")
    page = anna.get(f"/cases/{first}")
    assert "Revisions" not in page
    second = open_case("I <b>love</b> them all", external_id="edited", edited_at="2026-11-21T08:30:00Z")
    page = anna.get(f"/cases/{second}")
    assert "revision 2 of 2" in page
    assert "I will shoot them all" in page
    assert f'<a href="/cases/{first}">case {first}</a>' in page
    assert "Edited 2026-11-21 08:30" in page
    assert "I &lt;b&gt;love&lt;/b&gt; them all" in anna.get(f"/cases/{first}")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (None, "kept while the case is open"),
        (Verdict.ESCALATE, "kept for the escalated case"),
        (Verdict.DISMISS, "leaves with the next purge"),
    ],
)
def test_a_case_says_that_its_post_was_deleted_where_it_came_from(
    anna: Visitor, verdict: Verdict | None, words: str
) -> None:
    case_id = open_case(external_id="gone")
    assert "deleted" not in anna.get(f"/cases/{case_id}")
    with session_scope() as session:
        deletions.record(session, [("drawn", "gone")])
    if verdict:
        decide(anna, case_id, verdict=verdict.value, reason=next(iter(REASONS[verdict])))
    page = anna.get(f"/cases/{case_id}")
    assert "says that this post was deleted" in page
    assert words in page


def test_an_empty_caption_and_right_to_left_text_are_readable(anna: Visitor) -> None:
    assert "no caption" in anna.get(f"/cases/{open_case('')}")
    page = anna.get(f"/cases/{open_case(chr(0x202E) + 'مرحبا 🔫')}")
    assert 'dir="auto" tabindex="0">' + chr(0x202E) + "مرحبا 🔫" in page


def test_per_item_errors_are_shown(anna: Visitor) -> None:
    case_id = open_case(problems=("no such file: lost.jpg",), pictures=(drawing(),))
    with session_scope() as session:
        (score,) = session.scalars(select(Score).where(Score.media_sha256.is_not(None)))
        score.probability, score.raw, score.error = None, None, "broken or truncated JPEG picture"
    page = anna.get(f"/cases/{case_id}")
    assert "Not stored: no such file: lost.jpg" in page
    assert "Not scored: broken or truncated JPEG picture" in page
    assert "not scored" in anna.get("/")


def test_a_case_says_where_else_its_pictures_were_posted(anna: Visitor) -> None:
    picture, other = drawing(), drawing((500, 300))
    first = open_case(pictures=(picture, other))
    assert "other post" not in anna.get(f"/cases/{first}")
    second = open_case(pictures=(picture,))
    assert said_of(first, anna) == [f"Also in 1 other post: case {second}."]
    near = open_case(pictures=(drawing(kind="BMP"),))
    both = f"Also in 1 other post; 1 more shows a near copy: case {second}, case {near}."
    assert said_of(first, anna) == [both]
    assert said_of(near, anna) == [f"2 other posts show a near copy: case {first}, case {second}."]
    assert f'<a href="/cases/{near}">case {near}</a>' in anna.get(f"/cases/{first}")


def test_a_picture_posted_everywhere_names_ten_cases(anna: Visitor) -> None:
    ids = [open_case(pictures=(drawing(),)) for _ in range(13)]
    (said,) = said_of(ids[0], anna)
    assert said.startswith(f"Also in 12 other posts: case {ids[1]}, case {ids[2]},")
    assert said.endswith(f"case {ids[10]} and 2 more cases.")


def test_a_new_model_version_replaces_the_old_score_on_the_page(anna: Visitor) -> None:
    case_id = open_case(threat=0.87)
    with session_scope() as session:
        (old,) = session.scalars(select(Score))
        new = {"scorer": old.scorer, "version": "8", "probability": 0.33, "level": "unsure", "evidence": {}}
        session.add(Score(post_id=old.post_id, **new))
    page = anna.get(f"/cases/{case_id}")
    assert "33 %" in page
    assert "87 %" not in page


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_decision_leaves_the_queue_and_stays_in_the_history(anna: Visitor, verdict: Verdict) -> None:
    case_id = open_case()
    reason, words = next(iter(REASONS[verdict].items()))
    assert decide(anna, case_id, verdict=verdict.value, reason=reason, note="<seen> before")[0] == 303
    assert f"/cases/{case_id}" not in anna.get("/")
    assert f"Case {case_id}</a> is decided" in anna.get(f"/?decided={case_id}")
    page = anna.get(f"/cases/{case_id}")
    assert {"dismiss": "Dismissed</strong> by anna", "escalate": "Escalated</strong> by anna"}[
        verdict
    ] in page
    assert words in page
    assert "&lt;seen&gt; before" in page
    assert "<textarea" not in page


def test_a_decision_without_a_reason_comes_back_with_what_was_typed(anna: Visitor) -> None:
    case_id = open_case()
    status, page = decide(anna, case_id, verdict="escalate", reason="", note="long <thoughts>")
    assert status == 422
    assert "Choose a reason to escalate" in page
    assert page.count("long &lt;thoughts&gt;</textarea>") == 1
    status, page = decide(anna, case_id, reason="other")
    assert status == 422
    assert 'value="other" selected' in page
    with session_scope() as session:
        assert session.scalars(select(Review)).all() == []


def test_a_verdict_that_there_is_none_of_is_refused(anna: Visitor) -> None:
    case_id = open_case()
    assert decide(anna, case_id, verdict="arrest")[0] == 422
    with session_scope() as session:
        assert session.get_one(Case, case_id).state == CaseState.OPEN


def test_who_is_second_learns_who_decided(anna: Visitor) -> None:
    case_id, ben = open_case(), add_analyst("ben")
    with session_scope() as session:
        reviews.decide(session, case_id, ben, Verdict.DISMISS, "toy_or_replica")
    status, page = decide(anna, case_id)
    assert status == 409
    assert "Somebody was faster" in page
    assert "by ben" in page
    assert "Toy, replica or prop" in page


@pytest.mark.parametrize("case_id", ["999", "9223372036854775807"])
def test_a_case_that_is_gone_gets_a_friendly_page(anna: Visitor, case_id: str) -> None:
    response = anna.client.get(f"/cases/{case_id}")
    assert response.status_code == 404
    assert "may have been purged" in response.text
    assert decide(anna, int(case_id))[0] == 404


@pytest.mark.parametrize("case_id", ["0", "-1", "x", "9223372036854775808"])
def test_an_id_that_is_none_gets_a_friendly_page(anna: Visitor, case_id: str) -> None:
    response = anna.client.get(f"/cases/{case_id}")
    assert response.status_code == 422
    assert "Go to the queue" in response.text


def test_a_case_purged_while_it_is_read_is_reported(anna: Visitor) -> None:
    case_id = open_case()
    anna.get(f"/cases/{case_id}")
    with session_scope() as session:
        session.execute(delete(Post))
    assert decide(anna, case_id)[0] == 404
