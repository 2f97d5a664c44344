"""Pictures at outside addresses, read like any other."""

import hashlib
from pathlib import Path

import pytest

from ingest.adapter import Content, FoundMedia
from ingest.media import keep
from ingest.remote import RemoteFile, pinned
from tests.ingest.web import (
    Names,
    fetcher,
    http,
    picture,
    serving,
)
from triage.errors import FetchRefused, MediaError
from triage.media import open_store


def test_a_remote_picture_is_read_like_any_content() -> None:
    with serving(http(picture())) as server:
        content: Content = RemoteFile(server.url(), fetcher(server))
        assert content.read(1000) == picture()
        with pytest.raises(MediaError, match="more than 10 bytes"):
            content.read(10)


def test_an_address_that_says_which_bytes_are_meant_is_good_for_no_others() -> None:
    with serving(http(picture())) as server:
        meant = pinned(server.url(), hashlib.sha256(picture()).hexdigest())
        assert RemoteFile(meant, fetcher(server)).read(1000) == picture()
        others = pinned(server.url(), hashlib.sha256(b"others").hexdigest())
        with pytest.raises(MediaError, match="not the one that the post names"):
            RemoteFile(others, fetcher(server)).read(1000)
        assert not any(b"sha256" in request for request in server.requests)


def test_the_cause_of_a_remote_picture_s_error_says_whether_to_try_again() -> None:
    with pytest.raises(MediaError, match="loopback") as raised:
        RemoteFile("https://127.0.0.1/a.png?token=SECRET").read(1000)
    assert isinstance(raised.value.__cause__, FetchRefused)
    assert "SECRET" not in str(raised.value) + repr(RemoteFile("https://127.0.0.1/a.png?token=SECRET"))


def test_a_remote_picture_that_is_refused_is_a_problem_of_its_post(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_MEDIA_URL", str(tmp_path))
    url = "https://metadata.google.internal/a.png"
    kept = keep(FoundMedia(url, RemoteFile(url)), open_store())
    assert kept.sha256 is None
    assert "inside network" in (kept.problem or "")
    assert Names().asked == []
