"""Connections that go to checked addresses only, and whose every read is bounded.

urllib3 speaks HTTP and verifies the host's name in TLS; only the socket under it is ours. So the name is
in the Host header, in SNI and in the certificate, and is never looked up again.
"""

import logging
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection

from ingest.http.limits import Budget, Limits
from ingest.http.networks import Address
from triage.errors import FetchFailed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

logging.getLogger("urllib3").setLevel(logging.ERROR)  # below that it writes whole URLs, secrets and all


@dataclass(frozen=True, slots=True)
class Line:
    """Where a connection goes and what may come over it."""

    addresses: Sequence[Address]
    port: int
    budget: Budget
    limits: Limits

    def patience(self) -> float:
        """Return the seconds that the next read may wait."""
        return min(self.limits.idle_seconds, self.budget.seconds_left())

    def open(self) -> "PlainSocket":
        """Connect to the first address that accepts.

        Raises:
            FetchFailed: none does, or the deadline is over.
        """
        for address in self.addresses:
            seconds = min(self.limits.connect_seconds, self.budget.seconds_left())
            sock = PlainSocket(socket.AF_INET if address.version == 4 else socket.AF_INET6)  # noqa: PLR2004
            sock.line = self
            sock.settimeout(seconds)
            try:
                sock.connect((str(address), self.port))
            except OSError:
                sock.close()
            else:
                sock.settimeout(self.patience())  # for the handshake of TLS, as a whole
                return sock
        raise FetchFailed(f"{self.budget.name}: no address of the host accepts a connection; try again later")


class PlainSocket(socket.socket):
    """Waits for each read no longer than its line allows, and counts what comes."""

    line: Line

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        """Receive within the budget."""
        self.settimeout(self.line.patience())
        count = super().recv_into(buffer, nbytes, flags)
        self.line.budget.take(count)
        return count


class TLSSocket(ssl.SSLSocket):
    """The same, encrypted."""

    line: Line

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        """Receive within the budget."""
        self.settimeout(self.line.patience())
        count = super().recv_into(buffer, nbytes, flags)
        self.line.budget.take(count)
        return count


class PlainConnection(HTTPConnection):
    """HTTP over a line."""

    def __init__(self, host: str, port: int, *, line: Line) -> None:
        super().__init__(host, port)
        self.line = line

    def _new_conn(self) -> socket.socket:
        return self.line.open()


class TLSConnection(HTTPSConnection):
    """HTTPS over a line."""

    def __init__(self, host: str, port: int, *, line: Line, context: ssl.SSLContext) -> None:
        super().__init__(host, port, ssl_context=context)
        self.line = line

    def _new_conn(self) -> socket.socket:
        return self.line.open()

    def connect(self) -> None:
        """Connect and shake hands; the socket that TLS made takes over the line."""
        super().connect()
        if not isinstance(self.sock, TLSSocket):
            raise TypeError("the TLS context was not made by `trusting`")
        self.sock.line = self.line


def trusting(authorities: str | None = None) -> ssl.SSLContext:
    """Return a TLS context that verifies, and makes sockets that keep to their line.

    Args:
        authorities: a file of certificates to trust; None: the system's and those of certifi.
    """
    context = ssl.create_default_context(cafile=authorities)
    if authorities is None:
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    context.sslsocket_class = TLSSocket
    return context
