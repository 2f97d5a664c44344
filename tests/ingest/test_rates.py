"""Rate-limit headers in every dialect that is known, and in none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.http.fetched import MAX_RETRY_AFTER
from ingest.http.rates import pause

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EPOCH = str(int(NOW.timestamp()) + 90)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"X-RateLimit-Remaining": "189", "X-RateLimit-Reset": "2026-11-21T12:05:00.609574Z"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-21T12:05:00.500000Z"}, 300.5),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-21T11:00:00Z"}, 0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": EPOCH, "RateLimit-Policy": "3000;w=300"}, 90),
        ({"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": EPOCH}, 90),
        ({"X-RateLimit-Remaining": "0.0", "X-RateLimit-Reset": "67", "X-RateLimit-Used": "512"}, 67),
        ({"X-RateLimit-Remaining": "88.0", "X-RateLimit-Reset": "67"}, 0),
        ({"X-RateLimit-Remaining": "0"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, 0),
        ({"X-RateLimit-Remaining": "nan", "X-RateLimit-Reset": "inf"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "inf"}, 0),
        ({"Retry-After": "40", "X-RateLimit-Remaining": "7"}, 40),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999-01-01T00:00:00Z"}, MAX_RETRY_AFTER),
    ],
)
def test_the_pause_a_server_asks_for_is_read_from_its_headers(
    headers: dict[str, str], seconds: float
) -> None:
    assert pause(headers, NOW) == pytest.approx(seconds)


@given(st.text(), st.text(), st.text())
def test_whatever_headers_say_a_pause_has_an_end(remaining: str, reset: str, after: str) -> None:
    headers = {"X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": reset, "Retry-After": after}
    assert 0 <= pause(headers) <= MAX_RETRY_AFTER
