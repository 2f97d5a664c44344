"""Accounts and logins: argon2 passwords, a lock after repeated failures, sessions kept on the server."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from triage import audit
from triage.contracts import storable
from triage.db import session_scope
from triage.errors import InputError, LoginFailed
from triage.models import Analyst, LoginSession
from triage.models.analysts import Role
from triage.settings import get_settings

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000
LONGEST_NAME = 100
FAILURES_UNTIL_LOCK = 5
LOCKED_FOR = timedelta(minutes=15)
LONGEST_SESSION = timedelta(hours=12)
"""A login ends after this long even if it is used all the time."""
REFUSED = (
    "Wrong name or password. "
    f"After {FAILURES_UNTIL_LOCK} failures an account is locked for {LOCKED_FOR.seconds // 60} minutes."
)
"""One answer for every refusal: it tells a guesser nothing about which names exist or are locked."""

_hasher = PasswordHasher()
_checks = BoundedSemaphore(4)
"""Each check takes 64 MiB and up to two connections; a flood of logins waits here instead."""


@dataclass(frozen=True)
class Login:
    """A visitor who is logged in."""

    analyst: Analyst
    csrf_token: str


def add_analyst(session: Session, name: str, password: str, role: Role = Role.ANALYST) -> Analyst:
    """Make an account.

    Raises:
        InputError: the name is taken or unfit, or the password is too short or too long.

    """
    if not name or name != name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(f"An account name has 1 to {LONGEST_NAME} printable characters and no outer spaces.")
    if _find(session, name):
        raise InputError(f"There is an account named {name} already. Choose another name.")
    analyst = Analyst(name=name, password_hash=_hash(password), role=role.value)
    session.add(analyst)
    session.flush()
    audit.record(session, "system", audit.Deed.ACCOUNT_ADDED, f"analyst:{name}", {"role": role.value})
    return analyst


def set_password(session: Session, name: str, password: str) -> None:
    """Give an account a new password, open its lock and end its logins.

    Raises:
        InputError: there is no such account, or the password is too short or too long.

    """
    analyst = _find(session, name)
    if analyst is None:
        raise InputError(f"There is no account named {name}. `flagpost user list` shows all.")
    analyst.password_hash = _hash(password)
    analyst.failed_logins, analyst.locked_until = 0, None
    session.execute(delete(LoginSession).where(LoginSession.analyst_id == analyst.id))
    audit.record(session, "system", audit.Deed.PASSWORD_CHANGED, f"analyst:{name}")


def authenticate(session: Session, name: str, password: str) -> Analyst:
    """Return the account that the name and password belong to.

    A refusal is counted and recorded in a transaction of its own, so it stays although the request
    fails. An unknown name costs as much time as a wrong password.

    Raises:
        LoginFailed: wrong name or password, or the account is closed or locked.

    """
    with _checks:
        analyst = _find(session, name)
        right = _verify(analyst.password_hash if analyst else _nobody(), password)
        if analyst is None or not right or not _may_log_in(analyst):
            with session_scope() as own:
                _count_failure(own, name)
            raise LoginFailed(REFUSED)
    if _hasher.check_needs_rehash(analyst.password_hash):
        analyst.password_hash = _hash(password)
    analyst.failed_logins, analyst.locked_until = 0, None
    return analyst


def log_in(session: Session, analyst: Analyst) -> str:
    """Start a session for an account that `authenticate` returned; return the token for its cookie."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(LoginSession).where(LoginSession.expires_at < datetime.now(UTC)))
    session.add(
        LoginSession(
            token_hash=_digest(token),
            analyst_id=analyst.id,
            csrf_token=secrets.token_urlsafe(32),
            expires_at=_idle_end(),
        )
    )
    audit.record(session, analyst.name, audit.Deed.LOGIN, f"analyst:{analyst.name}")
    return token


def who(session: Session, token: str) -> Login | None:
    """Return who holds a cookie's token and restart the idle time; None where the session is over."""
    now = datetime.now(UTC)
    found = session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == _digest(token), LoginSession.analyst_id == Analyst.id)
        .where(LoginSession.expires_at > now, LoginSession.started_at > now - LONGEST_SESSION, Analyst.active)
        .values(expires_at=_idle_end())
        .returning(Analyst, LoginSession.csrf_token)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Login(*found) if found else None


def log_out(session: Session, token: str) -> None:
    """End a session; a token that is none is no error."""
    name = session.scalar(
        delete(LoginSession)
        .where(LoginSession.token_hash == _digest(token), LoginSession.analyst_id == Analyst.id)
        .returning(Analyst.name)
        .execution_options(synchronize_session=False)
    )
    if name:
        audit.record(session, name, audit.Deed.LOGOUT, f"analyst:{name}")


def analysts(session: Session) -> list[Analyst]:
    """Return all accounts, by name."""
    return list(session.scalars(select(Analyst).order_by(Analyst.name)))


def _find(session: Session, name: str) -> Analyst | None:
    return session.scalar(select(Analyst).where(Analyst.name == storable(name)))


def _may_log_in(analyst: Analyst) -> bool:
    return analyst.active and (analyst.locked_until is None or analyst.locked_until <= datetime.now(UTC))


def _count_failure(session: Session, name: str) -> None:
    """Count a failure against the account and lock it at the limit.

    An unknown name is not written down: people type passwords into the wrong field.
    """
    analyst = session.scalar(select(Analyst).where(Analyst.name == storable(name)).with_for_update())
    if analyst and _may_log_in(analyst):
        analyst.failed_logins += 1
        if analyst.failed_logins >= FAILURES_UNTIL_LOCK:
            analyst.failed_logins, analyst.locked_until = 0, datetime.now(UTC) + LOCKED_FOR
    subject = f"analyst:{analyst.name}" if analyst else "analyst:?"
    audit.record(session, "system", audit.Deed.LOGIN_FAILED, subject)


def _hash(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InputError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    return _hasher.hash(_bytes(password))


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, _bytes(password)) and len(password) <= LONGEST_PASSWORD
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")


@cache
def _nobody() -> str:
    """Hash of a password nobody has, to spend the same work on unknown names."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _idle_end() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=get_settings().session_minutes)
