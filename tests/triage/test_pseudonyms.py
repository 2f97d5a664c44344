import stat
from pathlib import Path

import pytest

from tests.conftest import forget
from triage.errors import ConfigurationError
from triage.pseudonyms import author_ref, masked


def test_an_author_is_a_keyed_hash_that_does_not_show_the_name() -> None:
    assert author_ref("forum", "jane") == author_ref("forum", "jane")
    assert "jane" not in author_ref("forum", "jane")


def test_the_same_name_elsewhere_is_another_pseudonym() -> None:
    assert author_ref("forum", "jane") != author_ref("chat", "jane")
    assert author_ref("a", "b\x00c") != author_ref("a\x00b", "d")


def test_another_key_gives_another_pseudonym(monkeypatch: pytest.MonkeyPatch) -> None:
    before = author_ref("forum", "jane")
    monkeypatch.setenv("FLAGPOST_AUTHOR_KEY", "k" * 32)
    forget()
    assert author_ref("forum", "jane") != before


def test_the_key_of_a_home_is_made_once_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_HOME", str(tmp_path))
    forget()
    first = author_ref("forum", "jane")
    forget()
    assert author_ref("forum", "jane") == first
    (key,) = (tmp_path / "secrets").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_short_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_AUTHOR_KEY", "short")
    with pytest.raises(ConfigurationError, match="32"):
        author_ref("forum", "jane")


@pytest.mark.parametrize(
    ("author", "address", "kept"),
    [
        ("ann", "https://x.example/ann/status/1", "https://x.example/*/status/1"),
        ("@ann", "https://x.example/Ann/status/1", "https://x.example/*/status/1"),
        ("ann@far.example", "https://far.example/@ann/1", "https://far.example/@*/1"),
        ("jane doe", "https://x.example/?by=jane%20doe&n=2", "https://x.example/?by=*&n=2"),
        ("did:plc:abc", "at://did:plc:abc/post/1", "at://*/post/1"),
        ("did:plc:abc", "https://x.example/did%3Aplc%3Aabc", "https://x.example/*"),
        ("ann", "https://ann.example/joanna/1", "https://*.example/joanna/1"),
        ("@", "https://x.example/1", "https://x.example/1"),
        ("a.b", "https://x.example/a-b/1", "https://x.example/a-b/1"),
    ],
)
def test_an_address_shows_the_pseudonym_where_it_named_the_author(
    author: str, address: str, kept: str
) -> None:
    assert masked(address, "web", author) == kept.replace("*", author_ref("web", author))
