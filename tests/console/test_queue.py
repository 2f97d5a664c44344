"""The queue page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from tests.console.conftest import Visitor
from tests.desk import add_analyst, drawing, open_case
from triage import reviews
from triage.console import queue, words
from triage.console.queue import PAGE
from triage.db import session_scope
from triage.models import Case
from triage.reviews import Verdict


def listed(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<td data-label="Case"><a href="/cases/(\d+)"', page)]


def test_urgent_cases_come_first_and_of_those_the_oldest(anna: Visitor) -> None:
    text_alone = open_case(threat=0.9)
    first = open_case(pictures=(drawing(),))
    second = open_case(pictures=(drawing(),))
    oldest = open_case(pictures=(drawing(),))
    with session_scope() as session:
        old = datetime.now(UTC) - timedelta(hours=5)
        session.execute(update(Case).where(Case.id == oldest).values(opened_at=old))
    page = anna.get("/")
    assert listed(page) == [oldest, first, second, text_alone]
    assert "5 h" in page


def test_a_line_says_why_how_likely_and_from_where(anna: Visitor) -> None:
    open_case(pictures=(drawing(), drawing((300, 200))), gun=0.61, threat=0.87, source="drawn <here>")
    page = anna.get("/")
    assert "A picture of a gun together with violent text" in page
    assert "61 %" in page
    assert "87 %" in page
    assert '<span class="level likely">likely</span>' in page
    assert '<span class="level strong">strong</span>' in page
    assert "drawn &lt;here&gt;" in page


def test_captions_stay_out_of_the_queue(anna: Visitor) -> None:
    open_case("I will shoot them all, secret words")
    assert "secret words" not in anna.get("/")


def test_decided_cases_are_under_their_own_state(anna: Visitor) -> None:
    ben = add_analyst("ben")
    waiting, dismissed, escalated = open_case(), open_case(), open_case()
    with session_scope() as session:
        reviews.decide(session, dismissed, ben, Verdict.DISMISS, "duplicate")
        reviews.decide(session, escalated, ben, Verdict.ESCALATE, "self_harm")
    assert listed(anna.get("/")) == [waiting]
    assert listed(anna.get("/?state=dismissed")) == [dismissed]
    assert listed(anna.get("/?state=escalated")) == [escalated]


def test_a_long_queue_has_pages_that_hold_every_case_once(
    anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 3)
    made = [open_case() for _ in range(7)]
    pages = [anna.get(f"/?page={number}") for number in (1, 2, 3)]
    assert [len(listed(page)) for page in pages] == [3, 3, 1]
    assert [case for page in pages for case in listed(page)] == made
    assert "Page 2 of 3" in pages[1]
    assert 'rel="next"' not in pages[2]
    assert listed(anna.get("/?page=4")) == []


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=99999999999999999999", "state=none", "decided=x"]
)
def test_a_nonsense_address_gets_a_friendly_page(anna: Visitor, query: str) -> None:
    response = anna.client.get(f"/?{query}")
    assert response.status_code == 422
    assert "Something is missing" in response.text


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.0, "< 1 %"), (0.004, "< 1 %"), (0.5, "50 %"), (0.994, "99 %"), (0.999, "> 99 %"), (1.0, "> 99 %")],
)
def test_no_probability_is_shown_as_certain(probability: float, shown: str) -> None:
    assert words.percent(probability) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(5, "just now"), (59, "just now"), (60, "1 min"), (7199, "1 h"), (200_000, "2 d")]
)
def test_ages_are_in_their_largest_unit(seconds: int, shown: str) -> None:
    assert words.age(datetime.now(UTC) - timedelta(seconds=seconds + 0.1)) == shown


def test_a_page_is_short_enough_to_read() -> None:
    assert PAGE <= 50
