import stat
from pathlib import Path

import pytest

from tests.conftest import forget
from triage.errors import ConfigurationError
from triage.pseudonyms import author_ref


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
