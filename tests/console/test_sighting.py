"""Where the model saw a gun: shown over an opened picture, said in words, and never a look at the picture."""

import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from tests.console.conftest import Visitor
from tests.desk import drawing, open_case, seen_upper_left
from triage.db import session_scope
from triage.evidence import Kind, Sighting
from triage.media import open_store
from triage.models import AuditEntry, Score


def case_with_a_sighting() -> tuple[int, str]:
    return open_case(pictures=(drawing(),), sighting=seen_upper_left()), open_store().put(drawing())


def rewrite_evidence(**changes: object) -> None:
    with session_scope() as session:
        (score,) = session.scalars(select(Score).where(Score.media_sha256.is_not(None)))
        score.evidence = score.evidence | changes


def test_the_place_and_the_kind_are_said_in_words_as_an_explanation(anna: Visitor) -> None:
    case_id, _ = case_with_a_sighting()
    page = anna.get(f"/cases/{case_id}")
    assert "Where the model saw it: upper left (15 to 40 % across, 13 to 33 % down)." in page
    assert "Looks most like: pistol, 83 %." in page
    assert "triggers nothing" in page


def test_the_overlay_comes_only_with_the_opened_picture(anna: Visitor) -> None:
    case_id, sha256 = case_with_a_sighting()
    overlay = f'src="/cases/{case_id}/pictures/{sha256}/where"'
    assert overlay not in anna.get(f"/cases/{case_id}")
    page = anna.get(f"/cases/{case_id}?opened={sha256}")
    assert overlay in page
    assert re.search(r'type="checkbox" id="where-1" checked>\s*<label class="switch" for="where-1">', page)


def test_the_overlay_marks_the_place_and_shows_nothing_of_the_picture(anna: Visitor) -> None:
    case_id, sha256 = case_with_a_sighting()
    response = anna.client.get(f"/cases/{case_id}/pictures/{sha256}/where")
    assert response.headers["content-type"] == "image/png"
    shown = np.asarray(Image.open(BytesIO(response.content)))
    assert shown.shape == (480, 640, 4), "as large as the picture, so that it fits on top"
    opacity = shown[..., 3]
    assert opacity[100:120, 130:200].min() > 100, "the gun's place is coloured"
    assert opacity[240:].max() == 0, "the rest is glass"
    with session_scope() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "picture.opened")).all() == []


def test_an_overlay_is_served_only_as_part_of_its_case(anna: Visitor) -> None:
    _, sha256 = case_with_a_sighting()
    other = open_case()
    for case_id in (other, 99):
        assert anna.client.get(f"/cases/{case_id}/pictures/{sha256}/where").status_code == 404


def test_each_picture_has_its_own_overlay(anna: Visitor) -> None:
    first, second = drawing(), drawing((300, 200))
    case_id = open_case(pictures=(first, second), sighting=seen_upper_left())
    seen, unseen = (open_store().put(data) for data in (first, second))
    with session_scope() as session:
        (score,) = session.scalars(select(Score).where(Score.media_sha256 == unseen))
        score.evidence = {"version": 1}
    page = anna.get(f"/cases/{case_id}?opened={seen}&opened={unseen}")
    assert f"{seen}/where" in page
    assert f"{unseen}/where" not in page
    place = f"/cases/{case_id}/pictures"
    assert anna.client.get(f"{place}/{seen}/where").status_code == 200
    assert anna.client.get(f"{place}/{unseen}/where").status_code == 404


@pytest.mark.parametrize("sighting", [None, Sighting(kind=Kind(name="smg", probability=0.7))])
def test_a_model_without_a_map_has_no_overlay(anna: Visitor, sighting: Sighting | None) -> None:
    case_id = open_case(pictures=(drawing(),), sighting=sighting)
    sha256 = open_store().put(drawing())
    page = anna.get(f"/cases/{case_id}?opened={sha256}")
    assert "/where" not in page
    assert "Where the model saw" not in page
    assert ("submachine gun, 70 %" in page) is (sighting is not None)
    assert anna.client.get(f"/cases/{case_id}/pictures/{sha256}/where").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"map": {"rows": 2, "columns": 2, "cells": "00"}},
        {"map": "<script>"},
        {"boxes": [[0, 0, 7, 1]]},
        {"kind": {"name": "pistol", "probability": "high"}},
    ],
)
def test_evidence_that_cannot_be_read_does_not_cost_the_page(
    anna: Visitor, changes: dict[str, object]
) -> None:
    case_id, sha256 = case_with_a_sighting()
    rewrite_evidence(**changes)
    page = anna.get(f"/cases/{case_id}?opened={sha256}")
    assert "Gun in the picture" in page
    assert "<script" not in page
    assert "/where" not in page
