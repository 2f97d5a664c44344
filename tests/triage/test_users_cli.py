"""`flagpost user`: accounts on the command line."""

import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from typer.testing import CliRunner, Result

from triage import identity, users_cli
from triage.db import session_scope
from triage.errors import InputError, LoginFailed

pytestmark = pytest.mark.usefixtures("database")
PASSWORD = "a password of words"


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2, at its lowest cost."""
    monkeypatch.setattr(identity, "_hasher", PasswordHasher.from_parameters(CHEAPEST))


def user(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(users_cli.app, arguments, input=typed)


def opens(name: str, password: str) -> bool:
    try:
        with session_scope() as session:
            return identity.authenticate(session, name, password).name == name
    except LoginFailed:
        return False


def test_a_prompt_asks_twice_and_shows_nothing() -> None:
    result = user("add", "anna", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert opens("anna", PASSWORD)
    assert user("add", "ben", typed=f"{PASSWORD}\nsomething else\n").exit_code != 0


def test_a_made_up_password_is_printed_once_alone_and_works() -> None:
    result = user("add", "anna", "--generate")
    password = result.stdout.strip()
    assert len(password) >= 16
    assert opens("anna", password)
    assert user("passwd", "anna", "--generate").stdout.strip() != password
    assert not opens("anna", password)


def test_a_password_comes_from_a_file_or_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes("pässword of words\r\nsecond line\n".encode())
    assert user("add", "anna", "--password-file", str(file)).exit_code == 0
    assert opens("anna", "pässword of words")
    assert user("passwd", "anna", "--password-file", "-", typed=PASSWORD).exit_code == 0
    assert opens("anna", PASSWORD)


def test_a_wrong_password_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"\xff\xfe not text")
    assert isinstance(user("add", "anna", "--password-file", str(file)).exception, InputError)
    missing = user("add", "anna", "--password-file", str(tmp_path / "none"))
    assert missing.exit_code == 2
    assert user("add", "anna", "--generate", "--password-file", str(file)).exit_code == 2
    assert json.loads(user("list", "--json").stdout) == []


def test_the_list_shows_roles_and_no_hashes() -> None:
    user("add", "anna", "--generate")
    user("add", "[b]en", "--generate", "--role", "supervisor")
    result = user("list", "--json")
    assert {row["name"]: row["role"] for row in json.loads(result.stdout)} == {
        "anna": "analyst",
        "[b]en": "supervisor",
    }
    table = user("list").output
    assert "[b]en" in table
    assert "argon2" not in table + result.output


def test_a_role_there_is_none_of_is_misuse() -> None:
    assert user("add", "anna", "--generate", "--role", "king").exit_code == 2


def test_an_empty_list_says_what_to_do() -> None:
    assert "flagpost user add" in user("list").output
