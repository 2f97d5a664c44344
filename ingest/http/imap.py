"""A talk with an IMAP server over TLS, each of whose answers is bounded in time and size."""

import re
import ssl
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field, replace
from imaplib import IMAP4

from ingest.http.limits import KIB, MIB, Budget, Limits
from ingest.http.names import lookup, system
from ingest.http.wire import Line, TLSSocket
from triage.errors import FetchFailed

LIMITS = Limits(connect_seconds=10, idle_seconds=30, total_seconds=120, head_bytes=64 * KIB)
"""Of each command, from its sending to the last byte of its answer."""
ANSWER_BYTES = MIB
"""Most bytes of an answer that is no mail."""
NOT_NOW = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]")
"""What a server says that refuses for the moment only (RFC 5530)."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose mailboxes are read, and where."""

    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    context: ssl.SSLContext = field(repr=False)
    """Made by `ingest.http.wire.trusting`."""
    limits: Limits = LIMITS

    @property
    def name(self) -> str:
        """The server as messages show it."""
        return f"{self.host}:{self.port}"


class Connection(IMAP4):
    """IMAP over a socket whose every read is bounded."""

    def __init__(self, account: Account) -> None:
        """Connect, shake hands, and hear the server's greeting.

        Raises:
            FetchFailed: no address of the host accepts a connection, or its answers are late or too long.
            IMAP4.error, OSError: it is no IMAP server, or broke off.
        """
        self._account = account
        self._most = ANSWER_BYTES
        super().__init__(account.host, account.port)

    def open(self, host: str = "", port: int = 993, timeout: float | None = None) -> None:  # noqa: ARG002
        """Connect, as imaplib asks for it."""
        budget = self._budget()
        line = Line(lookup(system, host, port, budget), port, budget, self._account.limits)
        plain = line.open()
        try:
            tls = self._account.context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
        if not isinstance(tls, TLSSocket):
            raise TypeError("the TLS context was not made by `trusting`")
        tls.line = line
        self.sock = self._tls = tls
        self.file = tls.makefile("rb")

    def allow(self, most: int) -> None:
        """Bound the answer of the next command, which begins now."""
        self._most = most
        self._tls.line = replace(self._tls.line, budget=self._budget())

    def read(self, size: int) -> bytes:
        """Receive a piece whose length the server announced."""
        if size > self._most:
            raise FetchFailed(f"{self._account.name}: the mail server sends more than was asked for")
        return super().read(size)

    def log_in(self) -> None:
        """Say who asks.

        Raises:
            FetchFailed: the server does not take user and password; the message holds neither.
        """
        self.allow(ANSWER_BYTES)
        refusal = self._refusal()
        if refusal is None:
            return
        if any(code in refusal for code in NOT_NOW):
            raise FetchFailed(f"{self._account.name}: the mail server lets nobody in now; try again later")
        raise FetchFailed(
            f"{self._account.name}: the mail server does not take user and password; check both, "
            "and whether it wants a password of its own for programs"
        )

    def leave(self) -> None:
        """Say good-bye; a server that does not answer to that is left all the same."""
        with suppress(self.error, OSError, FetchFailed):
            self.allow(ANSWER_BYTES)
            self.logout()

    def hang_up(self) -> None:
        """Close a connection of which nothing more is expected."""
        with suppress(OSError):
            self.shutdown()

    def _refusal(self) -> str | None:
        """Try to log in and return what the server says against it. It may repeat a password."""
        user, password = self._account.user, self._account.password
        try:
            if "AUTH=PLAIN" in self.capabilities:
                self.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
            else:
                self.login(quoted(user), password)
        except self.abort:
            raise
        except (self.error, UnicodeEncodeError) as error:
            return str(error)
        return None

    def _budget(self) -> Budget:
        budget = Budget(self._account.name, self._account.limits.total_seconds)
        budget.allow(self._most + self._account.limits.head_bytes)
        return budget


def quoted(text: str) -> str:
    """Return a text as IMAP writes strings."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def folder_name(name: str) -> str:
    """Return a folder's name as IMAP writes it: what is not ASCII in its own form of UTF-7."""
    return quoted(re.sub(r"&|[^\x20-\x7e]+", _shifted, name))


def _shifted(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&-"
    encoded = b64encode(found[0].encode("utf-16-be"), b"+,").decode().rstrip("=")
    return f"&{encoded}-"
