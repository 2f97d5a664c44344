"""The fetcher: asks an address that anybody may have written, and cannot be turned against us.

Every address, also after a redirect, is read strictly, resolved once, checked, and connected to as it
was checked. No cookies, no referrer, nothing from the environment. What it refuses, and why: docs/fetcher.md.
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import Any

from ingest.http import kinds, names
from ingest.http.addresses import Rules, read, shown
from ingest.http.channel import Channel
from ingest.http.egress import Egress, Proxy
from ingest.http.exchange import REDIRECTS, Ask
from ingest.http.faults import explained
from ingest.http.fetched import Fetched
from ingest.http.limits import Budget, Limits
from ingest.http.rates import retry_after
from ingest.http.refusals import refusal
from ingest.http.turns import Turns
from ingest.http.wire import trusting
from triage import __version__
from triage.errors import FetchFailed, FetchRefused
from triage.settings import Settings, get_settings

OK = 200


class Fetcher:
    """Fetches from outside addresses. One is shared by all threads of a process, since it spaces requests."""

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008, frozen
        rules: Rules = Rules(),  # noqa: B008, frozen
        *,
        agent: str = "Flagpost",
        proxy: str | None = None,
        resolve: names.Resolve = names.system,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Make a fetcher.

        Args:
            limits: what every fetch may cost.
            rules: what may be opened.
            agent: how it names itself to servers.
            proxy: an HTTP proxy that all requests go through, such as `http://proxy:3128`.
            resolve: what finds the addresses of a name.
            context: a TLS context made by `ingest.http.wire.trusting`.
        """
        self._limits = limits
        self._rules = rules
        self._own = {
            "User-Agent": agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        self._turns = Turns(limits)
        way = Proxy.read(proxy) if proxy else None
        self._egress = Egress(limits, rules, resolve, context or trusting(), way)

    def get(
        self,
        url: str,
        *,
        kind: kinds.Kind = "image",
        headers: Mapping[str, str] | None = None,
        limit: int | None = None,
    ) -> Fetched:
        """Fetch something of a kind.

        Args:
            url: the address, from anybody.
            kind: what the body has to be, by its bytes.
            headers: sent along, but never to another host.
            limit: most bytes of the body; by default those of the fetcher's limits.

        Raises:
            FetchRefused: the address, or one it leads to, may not be opened. Never try it again.
            FetchFailed: the server did not answer 200 with a body of that kind, in time and within the limit.
        """
        found, name = self.call("GET", url, headers=headers, limit=limit), shown(url)
        if found.status != OK:
            raise refusal(name, found.status, found.headers)
        kinds.check(name, found.body, found.media_type, kind)
        return found

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        limit: int | None = None,
        **content: Any,  # noqa: ANN401
    ) -> Fetched:
        """Ask an API, and return its answer whatever its status is.

        Args:
            method: such as GET or POST. Redirects are followed for GET only.
            url: the address.
            headers: sent along, but never to another host.
            limit: most bytes of the body; by default those of the fetcher's limits.
            content: `params` for the query, `data` for a form, `json` for a body, as in `requests`.

        Raises:
            FetchRefused: the address, or one it leads to, may not be opened. Never try it again.
            FetchFailed: there was no whole answer, in time and within the limit.
        """
        budget = Budget(shown(url), self._limits.total_seconds)
        most = self._limits.body_bytes if limit is None else limit
        ask = Ask.prepare(method, url, self._rules, {**self._own, **(headers or {})}, most, **content)
        for _ in range(self._limits.redirects + 1):
            found = self._exchange(ask, budget)
            if found.status not in REDIRECTS:
                return found
            ask = ask.follow(found, self._rules, self._own)
        raise FetchRefused(f"{budget.name}: more than {self._limits.redirects} redirects; leave it out")

    @contextmanager
    def opening(self, url: str) -> Iterator[Channel]:
        """Open a connection that stays open, for `ingest.http.events` and `ingest.http.websocket`.

        It is closed where the block fails, and a host that asks to be left alone there is.

        Raises:
            FetchRefused: the address may not be opened.
            FetchFailed: nobody accepts the connection, safely and in time; or as the block raises it.
        """
        budget = Budget(shown(url), self._limits.total_seconds)
        target = read(url, self._rules)
        with explained(budget), self._turns.turn(target.host, budget):
            budget.allow(self._limits.head_bytes)
            channel = Channel(self._egress.connect(target, budget), target, self._own, budget)
        try:
            with explained(budget):
                yield channel
        except BaseException as error:
            channel.close()
            if isinstance(error, FetchFailed):
                self._turns.rest(target.host, error.retry_after)
            raise

    def _exchange(self, ask: Ask, budget: Budget) -> Fetched:
        """Ask once, without following, and make an error of ours of whatever goes wrong."""
        with explained(budget), self._turns.turn(ask.target.host, budget):
            budget.allow(self._limits.head_bytes)
            connection = self._egress.send(ask, budget)
            with closing(connection), closing(connection.getresponse()) as response:
                if response.status not in REDIRECTS:
                    self._turns.rest(ask.target.host, retry_after(response.headers))
                return ask.answer(response, budget)


def from_settings(settings: Settings) -> Fetcher:
    """Return a fetcher as the settings want it.

    Raises:
        ConfigurationError: the proxy's address is wrong.
    """
    limits = Limits(
        total_seconds=settings.fetch_seconds,
        body_bytes=settings.max_media_bytes,
        per_second=settings.fetch_per_second,
    )
    return Fetcher(
        limits,
        Rules({"https", "http"} if settings.fetch_http else {"https"}, set(settings.fetch_ports)),
        agent=settings.user_agent or f"Flagpost/{__version__}",
        proxy=settings.egress_proxy,
    )


@lru_cache
def shared() -> Fetcher:
    """Return this process's fetcher."""
    return from_settings(get_settings())
