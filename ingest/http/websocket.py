"""WebSockets over a connection that stays open, spoken by wsproto: without extensions, and read only."""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic

from wsproto import ConnectionType, WSConnection
from wsproto import events as told

from ingest.http.channel import MAX_EVENT_BYTES, MAX_SKIPPED, Channel, OverChannel, Told
from ingest.http.events import host
from ingest.http.faults import explained
from ingest.http.fetcher import Fetcher
from ingest.http.refusals import refusal
from triage.errors import FetchFailed

MAX_PIECES = 8
"""Most pieces read of a refusal's reason."""


def listen(
    fetcher: Fetcher,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    subprotocol: str | None = None,
    most: int = MAX_EVENT_BYTES,
) -> "WebSocket":
    """Open a WebSocket whose messages are read. Redirects are not followed.

    Args:
        fetcher: opens the connection.
        url: the address, as `https` (or `http`), with its query.
        headers: sent along.
        subprotocol: what the messages are to be; the server has to agree.
        most: bytes of a message that are kept.

    Raises:
        FetchRefused: the address may not be opened.
        FetchFailed: the server does not switch to WebSockets, in time; the message holds what it says of it.
    """
    with fetcher.opening(url) as channel:
        return WebSocket(channel, headers or {}, subprotocol, most)


class WebSocket(OverChannel):
    """See `ingest.http.channel.Telling`."""

    def __init__(
        self, channel: Channel, headers: Mapping[str, str], subprotocol: str | None, most: int
    ) -> None:
        super().__init__(channel)
        self._most = most
        self._talk = WSConnection(ConnectionType.CLIENT)
        self._told: deque[Told] = deque()
        self._kept = bytearray()
        self._skipped = 0
        self._over: FetchFailed | None = None
        self._shake_hands(headers, subprotocol)

    def next(self, seconds: float) -> Told | None:
        """See `Telling`."""
        ends = monotonic() + seconds
        while not self._told:
            if self._over:
                raise self._over
            piece = self._channel.receive(ends - monotonic())
            if piece is None:
                return None
            with explained(self._channel.budget):
                self._talk.receive_data(piece)
                self._take(list(self._talk.events()))
        return self._told.popleft()

    def nudge(self) -> None:
        """See `Telling`."""
        self._channel.send(self._talk.send(told.Ping()))

    def _shake_hands(self, headers: Mapping[str, str], subprotocol: str | None) -> None:
        target = self._channel.target
        own = {name: value for name, value in self._channel.own.items() if name != "Connection"}
        sent = [(name.encode(), value.encode()) for name, value in {**own, **headers}.items()]
        wanted = [subprotocol] if subprotocol else []
        ask = told.Request(host(target), target.path, extra_headers=sent, subprotocols=wanted)
        self._channel.send(self._talk.send(ask))
        first, *rest = self._answered()
        if isinstance(first, told.RejectConnection):
            raise self._refused(first, rest)
        if not isinstance(first, told.AcceptConnection) or first.subprotocol != subprotocol:
            raise FetchFailed(
                f"{self._channel.name}: the server does not speak {subprotocol}; check its version"
            )
        self._take(rest)

    def _answered(self) -> list[told.Event]:
        while not (found := list(self._talk.events())):
            self._talk.receive_data(self._channel.head())
        return found

    def _refused(self, first: told.RejectConnection, rest: list[told.Event]) -> FetchFailed:
        """Return what a refusal says: the reason stands in its body, where it has one that ends."""
        pieces = [one for one in rest if isinstance(one, told.RejectData)]
        with suppress(FetchFailed):
            while len(pieces) < MAX_PIECES and not any(one.body_finished for one in pieces):
                pieces += [one for one in self._answered() if isinstance(one, told.RejectData)]
        body = b"".join(one.data for one in pieces)
        reason = "".join(c for c in body[:200].decode("utf-8", "replace") if c.isprintable())
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in first.headers}
        return refusal(self._channel.name, first.status_code, headers, f" instead of a stream ({reason})")

    def _take(self, found: Sequence[told.Event]) -> None:
        for one in found:
            if isinstance(one, told.Ping):
                self._channel.send(self._talk.send(one.response()))
            elif isinstance(one, told.TextMessage):
                self._keep(one.data.encode("utf-8", "replace"), last=one.message_finished)
            elif isinstance(one, told.BytesMessage):
                self._keep(bytes(one.data), last=one.message_finished)
            elif isinstance(one, told.CloseConnection):
                self._over = self._ended(one)  # raised once what came before it was handed over

    def _ended(self, one: told.CloseConnection) -> FetchFailed:
        with suppress(FetchFailed):
            self._channel.send(self._talk.send(one.response()))
        why = "".join(c for c in one.reason or "" if c.isprintable())[:200]
        reason = f"{int(one.code)} {why}".strip()
        return FetchFailed(f"{self._channel.name}: the server ended the stream ({reason}); try again later")

    def _keep(self, data: bytes, *, last: bool) -> None:
        room = max(0, self._most - len(self._kept))
        self._kept += data[:room]
        self._skipped += len(data) - len(data[:room])
        if self._skipped > MAX_SKIPPED:
            raise FetchFailed(f"{self._channel.name}: the server sends an event without end; leave it out")
        if last:
            self._told.append(Told("", bytes(self._kept), whole=not self._skipped))
            self._kept, self._skipped = bytearray(), 0
