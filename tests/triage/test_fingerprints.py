"""Fingerprints beside the pictures: kept once, and where they say something."""

import pytest
from sqlalchemy import select

from tests.made import picture, post, store
from triage import fingerprints
from triage.db import session_scope
from triage.models import Media
from triage.pdq import Fingerprint

pytestmark = pytest.mark.usefixtures("database")

A, B = "a" * 64, "b" * 64


def kept() -> dict[str, str | None]:
    with session_scope() as session:
        return {row.sha256: row.pdq for row in session.scalars(select(Media))}


def record(**found: Fingerprint) -> None:
    with session_scope() as session:
        fingerprints.record(session, [{key * 64: value} for key, value in found.items()])


def test_a_fingerprint_is_kept_bit_for_bit_and_written_once() -> None:
    store(post(media=(picture(A), picture(B))))
    record(a=Fingerprint(5, 100), b=Fingerprint(2**255, 50))
    record(a=Fingerprint(6, 100))
    assert kept() == {A: f"{5:0256b}", B: f"{2**255:0256b}"}


def test_a_picture_too_plain_to_compare_has_none() -> None:
    store(post(media=(picture(A),)))
    record(a=Fingerprint(5, 49))
    assert kept() == {A: None}


def test_the_fingerprint_of_a_picture_that_was_purged_is_dropped() -> None:
    store(post(media=(picture(A),)))
    record(a=Fingerprint(5, 100), b=Fingerprint(6, 100))
    assert kept() == {A: f"{5:0256b}"}


def test_storing_a_picture_again_leaves_its_fingerprint() -> None:
    store(post(1, media=(picture(A),)))
    record(a=Fingerprint(5, 100))
    store(post(2, media=(picture(A),)))
    assert kept() == {A: f"{5:0256b}"}
