"""Platforms that stay closed until an agreement is named."""

from typing import Any, TypeAlias

import pytest

from ingest.adapters import reddit, x, youtube
from ingest.sources import Source
from triage.errors import ConfigurationError

Platform: TypeAlias = tuple[str, dict[str, Any], str]

PLATFORMS: dict[str, tuple[Any, dict[str, Any], str]] = {
    "x": (x, {"query": "a", "token": {"env": "GATED"}}, "commission of a crime"),
    "reddit": (
        reddit,
        {"subreddit": "pics", "client_id": "a", "secret": {"env": "GATED"}},
        "November 2025",
    ),
    "youtube": (youtube, {"playlist": "UU1", "key": {"env": "GATED"}}, "titles and thumbnails but no films"),
}


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Platform:
    module, options, why = PLATFORMS[request.param]
    monkeypatch.setenv("GATED", "SECRET")
    monkeypatch.setattr("ingest.sources._opener", lambda _name: module.from_options)
    return request.param, options, why


@pytest.mark.parametrize("agreement", [None, "", "   ", "yes", True, 5])
def test_without_an_agreement_a_platform_stays_closed_and_says_why(
    platform: Platform, agreement: Any
) -> None:
    name, options, why = platform
    given = options if agreement is None else {**options, "written_agreement": agreement}
    with pytest.raises(ConfigurationError, match=why) as raised:
        Source(name=name, adapter=name, **given).open()
    assert 'written_agreement = "' in str(raised.value)
    assert "docs/sources/gated.md" in str(raised.value)


def test_with_an_agreement_it_opens(platform: Platform) -> None:
    name, options, _ = platform
    assert Source(name=name, adapter=name, written_agreement="Contract 2026/118", **options).open()


@pytest.mark.parametrize(("option", "value"), [("most", 0), ("token", "SECRET"), ("anything", "SECRET")])
def test_options_that_cannot_be_are_refused_without_showing_them(
    platform: Platform, option: str, value: Any
) -> None:
    name, options, _ = platform
    changed = {**options, "written_agreement": "Contract 2026/118", option: value}
    with pytest.raises(ConfigurationError, match=option) as raised:
        Source(name=name, adapter=name, **changed).open()
    assert "SECRET" not in str(raised.value)
