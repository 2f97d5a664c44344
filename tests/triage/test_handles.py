"""Author handles: sealed with a key that cannot open them, and gone with the author's last post."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey, SealedBox
from sqlalchemy import delete, select, update

from tests.conftest import forget
from tests.made import post, store
from triage import handles, models, retention
from triage.db import session_scope
from triage.errors import ConfigurationError
from triage.settings import get_settings

KEY = PrivateKey.generate()


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_HANDLE_KEY", KEY.public_key.encode().hex())
    forget()


def opened(sealed: bytes) -> str:
    return SealedBox(KEY).decrypt(sealed).decode("utf-8", "surrogatepass")


def record(**named: str) -> None:
    with session_scope() as session:
        handles.record(session, named)


def rows() -> dict[str, models.AuthorHandle]:
    with session_scope() as session:
        return {row.author_ref: row for row in session.scalars(select(models.AuthorHandle))}


def age(hours: float) -> None:
    with session_scope() as session:
        session.execute(
            update(models.AuthorHandle).values(seen_at=datetime.now(UTC) - timedelta(hours=hours))
        )


@given(st.text())
def test_a_sealed_handle_is_opened_by_the_private_key_only(handle: str) -> None:
    sealed = handles.seal(handle)
    assert handle.encode("utf-8", "surrogatepass") not in sealed or len(handle) < 4
    assert opened(sealed) == handle
    assert handles.seal(handle) != sealed


@pytest.mark.usefixtures("database")
def test_a_handle_is_kept_once_whoever_sees_it_again() -> None:
    record(ann="ann@far.example", bob="bob")
    first = rows()
    record(ann="ann@far.example")
    assert {ref: row.sealed for ref, row in rows().items()} == {ref: row.sealed for ref, row in first.items()}
    assert opened(first["ann"].sealed) == "ann@far.example"


@pytest.mark.usefixtures("database")
def test_a_handle_seen_again_after_long_is_fresh_again() -> None:
    record(ann="ann")
    age(hours=30)
    record(ann="ann")
    assert datetime.now(UTC) - rows()["ann"].seen_at < timedelta(hours=1)


@pytest.mark.usefixtures("database")
def test_a_handle_leaves_once_no_post_has_its_pseudonym_and_not_while_one_is_being_stored() -> None:
    store(post(1, author_ref="ann"))
    record(ann="ann", bob="bob")
    assert retention.purge_expired().handles == 0
    age(hours=3)
    assert retention.purge_expired().handles == 1
    assert list(rows()) == ["ann"]
    with session_scope() as session:
        session.execute(delete(models.Post))
    assert retention.purge_expired().handles == 1


def test_a_home_without_a_key_makes_a_pair_and_keeps_the_private_one_to_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_HOME", str(tmp_path))
    monkeypatch.delenv("FLAGPOST_HANDLE_KEY")
    forget()
    sealed = handles.seal("ann")
    path = tmp_path / "secrets" / "handle.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SealedBox(PrivateKey(bytes.fromhex(path.read_text()))).decrypt(sealed) == b"ann"


@pytest.mark.parametrize("wrong", ["short", "z" * 64, "ab" * 31])
def test_a_key_that_is_none_is_refused_and_not_repeated(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_HANDLE_KEY", wrong)
    forget()
    with pytest.raises(ConfigurationError, match="FLAGPOST_HANDLE_KEY") as raised:
        handles.seal("ann")
    assert wrong not in str(raised.value)
    assert get_settings().handle_key == wrong
