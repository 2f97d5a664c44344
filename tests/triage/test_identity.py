"""Accounts and logins."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from tests.desk import PASSWORD, add_analyst
from triage import identity
from triage.db import session_scope
from triage.errors import InputError, LoginFailed
from triage.models import Analyst, AuditEntry, LoginSession

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Real argon2, at its lowest cost: these tests log in often."""
    if request.node.originalname != test_passwords_and_tokens_are_not_in_the_database.__name__:
        monkeypatch.setattr(identity, "_hasher", PasswordHasher.from_parameters(CHEAPEST))


def authenticate(name: str = "anna", password: str = PASSWORD) -> str:
    with session_scope() as session:
        return identity.authenticate(session, name, password).name


def log_in() -> str:
    with session_scope() as session:
        return identity.log_in(session, identity.authenticate(session, "anna", PASSWORD))


def who(token: str) -> str | None:
    with session_scope() as session:
        login = identity.who(session, token)
        return login.analyst.name if login else None


def account() -> Analyst:
    with session_scope() as session:
        return session.scalars(select(Analyst)).one()


def deeds() -> list[tuple[str, str]]:
    with session_scope() as session:
        return [(e.action, e.subject) for e in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def fail(times: int) -> None:
    for _ in range(times):
        with pytest.raises(LoginFailed):
            authenticate(password="wrong password")


def test_the_right_password_opens_and_a_wrong_one_does_not() -> None:
    add_analyst()
    assert authenticate() == "anna"
    for name, password in [
        ("anna", PASSWORD + "x"),
        ("anna", ""),
        ("ben", PASSWORD),
        ("", ""),
        ("ANNA", PASSWORD),
    ]:
        with pytest.raises(LoginFailed):
            authenticate(name, password)


def test_passwords_and_tokens_are_not_in_the_database() -> None:
    add_analyst()
    token = log_in()
    assert account().password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    with session_scope() as session:
        (row,) = session.scalars(select(LoginSession))
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()


def test_a_password_hashed_with_less_work_is_hashed_anew_at_login(monkeypatch: pytest.MonkeyPatch) -> None:
    add_analyst()
    old = account().password_hash
    monkeypatch.setattr(identity, "_hasher", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    authenticate()
    assert account().password_hash != old
    assert authenticate() == "anna"


def test_every_refusal_says_the_same() -> None:
    add_analyst()
    said = set()
    for name in ("anna", "nobody"):
        with pytest.raises(LoginFailed) as refusal:
            authenticate(name, "wrong password")
        said.add(str(refusal.value))
    fail(identity.FAILURES_UNTIL_LOCK)
    with pytest.raises(LoginFailed) as refusal:
        authenticate()
    assert said == {str(refusal.value)}


def test_repeated_failures_lock_the_account_for_a_while() -> None:
    add_analyst()
    fail(identity.FAILURES_UNTIL_LOCK)
    with pytest.raises(LoginFailed):
        authenticate()
    with session_scope() as session:
        session.execute(update(Analyst).values(locked_until=datetime.now(UTC) - timedelta(seconds=1)))
    assert authenticate() == "anna"
    assert account().locked_until is None


def test_a_success_between_failures_keeps_the_account_open() -> None:
    add_analyst()
    for _ in range(2):
        fail(identity.FAILURES_UNTIL_LOCK - 1)
        assert authenticate() == "anna"


def test_failures_at_the_same_moment_are_all_counted() -> None:
    add_analyst()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: fail(1), range(4)))
    assert account().failed_logins == 4


def test_a_failed_login_stays_on_record_without_what_was_typed_as_name() -> None:
    add_analyst()
    fail(1)
    with pytest.raises(LoginFailed):
        authenticate("my secret password", "")
    assert deeds()[1:] == [("login.failed", "analyst:anna"), ("login.failed", "analyst:?")]


def test_a_closed_account_cannot_log_in_and_is_logged_out() -> None:
    add_analyst()
    token = log_in()
    with session_scope() as session:
        session.execute(update(Analyst).values(active=False))
    assert who(token) is None
    with pytest.raises(LoginFailed):
        authenticate()


def test_a_session_ends_after_idle_time_and_each_click_restarts_it() -> None:
    add_analyst()
    token = log_in()
    soon = datetime.now(UTC) + timedelta(seconds=30)
    with session_scope() as session:
        session.execute(update(LoginSession).values(expires_at=soon))
    assert who(token) == "anna"
    with session_scope() as session:
        assert session.scalars(select(LoginSession.expires_at)).one() > soon + timedelta(minutes=50)
        session.execute(update(LoginSession).values(expires_at=datetime.now(UTC)))
    assert who(token) is None


def test_a_session_ends_after_a_working_day_even_if_used() -> None:
    add_analyst()
    token = log_in()
    with session_scope() as session:
        session.execute(update(LoginSession).values(started_at=datetime.now(UTC) - identity.LONGEST_SESSION))
    assert who(token) is None


def test_logging_out_ends_this_session_alone() -> None:
    add_analyst()
    first, second = log_in(), log_in()
    with session_scope() as session:
        identity.log_out(session, first)
        identity.log_out(session, "no such token")
    assert (who(first), who(second)) == (None, "anna")
    assert deeds()[-1] == ("logout", "analyst:anna")


def test_a_new_password_ends_all_sessions_and_opens_the_lock() -> None:
    add_analyst()
    token = log_in()
    fail(identity.FAILURES_UNTIL_LOCK)
    with session_scope() as session:
        identity.set_password(session, "anna", "another long password")
    assert who(token) is None
    assert authenticate(password="another long password") == "anna"
    with pytest.raises(LoginFailed):
        authenticate()


def test_logging_in_removes_sessions_that_are_over() -> None:
    add_analyst()
    log_in()
    with session_scope() as session:
        session.execute(update(LoginSession).values(expires_at=datetime.now(UTC) - timedelta(hours=1)))
    log_in()
    with session_scope() as session:
        assert len(session.scalars(select(LoginSession)).all()) == 1


@pytest.mark.parametrize("name", ["", " anna", "an\nna", "a" * 101, "an\x00na", "\u202eanna"])
def test_names_that_would_confuse_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="printable"):
        add_analyst(name)


def test_a_taken_name_and_a_short_password_are_refused() -> None:
    add_analyst()
    with pytest.raises(InputError, match="already"):
        add_analyst()
    with pytest.raises(InputError, match="12"), session_scope() as session:
        identity.add_analyst(session, "ben", "short")
    with pytest.raises(InputError, match="no account named carl"), session_scope() as session:
        identity.set_password(session, "carl", PASSWORD)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40), st.text(max_size=40) | st.just("x" * 100_000), st.text())
def test_hostile_names_passwords_and_tokens_are_refused_not_crashed_on(
    name: str, password: str, token: str
) -> None:
    with pytest.raises(LoginFailed):
        authenticate(name, password)
    assert who(token) is None
