"""The way out: straight to a host's checked addresses, or through a proxy."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from urllib3.connection import HTTPConnection
from urllib3.util import make_headers

from ingest.http.addresses import Rules, Target
from ingest.http.exchange import Ask
from ingest.http.limits import Budget, Limits
from ingest.http.names import Resolve, addresses, lookup
from ingest.http.wire import Line, PlainConnection, TLSConnection
from triage.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. It resolves the names, so that only it decides which addresses are connected to."""

    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What lets us in, if it asks."""

    @classmethod
    def read(cls, url: str) -> "Proxy":
        """Read `http://user:password@host:port`.

        Raises:
            ConfigurationError: it is none.
        """
        wrong = ConfigurationError("FLAGPOST_EGRESS_PROXY is no address like http://proxy:3128; correct it")
        try:
            parts = urlsplit(url)
            if parts.scheme != "http" or not parts.hostname or not parts.port:
                raise wrong
        except ValueError as error:
            raise wrong from error
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        return cls(parts.hostname, parts.port, make_headers(proxy_basic_auth=user))


@dataclass(frozen=True, slots=True)
class Egress:
    """How this fetcher reaches hosts."""

    limits: Limits
    rules: Rules
    resolve: Resolve
    context: ssl.SSLContext
    proxy: Proxy | None = None

    def send(self, ask: Ask, budget: Budget) -> HTTPConnection:
        """Connect and send a request; the connection's answer is next.

        Raises:
            FetchRefused: the host has an address that may not be connected to.
            FetchFailed: it has none that accepts, or the deadline is over.
        """
        target, path, headers = ask.target, ask.target.path, ask.headers
        connection = self._connection(target, self._line(target, budget))
        if self.proxy and target.scheme == "http":
            path, headers = target.url, {**headers, **self.proxy.headers}
        elif self.proxy:
            connection.set_tunnel(target.host, target.port, self.proxy.headers)
        try:
            connection.request(
                ask.method, path, ask.body, headers, preload_content=False, decode_content=False
            )
        except BaseException:
            connection.close()
            raise
        return connection

    def connect(self, target: Target, budget: Budget) -> HTTPConnection:
        """Connect, and shake hands where TLS is spoken; a proxy leads through to the host in any case.

        Raises:
            FetchRefused: see `send`.
            FetchFailed: see `send`.
        """
        connection = self._connection(target, self._line(target, budget))
        if self.proxy:
            connection.set_tunnel(target.host, target.port, self.proxy.headers)
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection

    def _connection(self, target: Target, line: Line) -> HTTPConnection:
        if target.scheme == "http":
            return PlainConnection(target.host, target.port, line=line)
        return TLSConnection(target.host, target.port, line=line, context=self.context)

    def _line(self, target: Target, budget: Budget) -> Line:
        if self.proxy:
            found = lookup(self.resolve, self.proxy.host, self.proxy.port, budget)
            return Line(found, self.proxy.port, budget, self.limits)
        return Line(addresses(target, self.rules, budget, self.resolve), target.port, budget, self.limits)
