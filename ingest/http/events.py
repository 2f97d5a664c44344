"""Server-sent events over a connection that stays open: text/event-stream, spoken by h11."""

from collections import deque
from collections.abc import Iterator, Mapping
from time import monotonic

import h11

from ingest.http.addresses import Target
from ingest.http.channel import HEAD_BYTES, MAX_EVENT_BYTES, MAX_SKIPPED, Channel, OverChannel, Told
from ingest.http.faults import explained
from ingest.http.fetcher import OK, Fetcher
from ingest.http.refusals import refusal
from triage.errors import FetchFailed

NAMES = 100
"""Room for a field's name before its value, and for an event's kind."""


def listen(
    fetcher: Fetcher,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    most: int = MAX_EVENT_BYTES,
) -> "EventStream":
    """Open a stream of server-sent events. Redirects are not followed.

    Args:
        fetcher: opens the connection.
        url: the address, with its query.
        headers: sent along.
        most: bytes of an event that are kept.

    Raises:
        FetchRefused: the address may not be opened.
        FetchFailed: the server does not answer 200 with such a stream, in time.
    """
    with fetcher.opening(url) as channel:
        return EventStream(channel, _opened(channel, headers or {}), most)


def _opened(channel: Channel, headers: Mapping[str, str]) -> h11.Connection:
    talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
    sent = {**channel.own, "Host": host(channel.target), "Accept": "text/event-stream", **headers}
    ask = h11.Request(method="GET", target=channel.target.path, headers=list(sent.items()))
    channel.send((talk.send(ask) or b"") + (talk.send(h11.EndOfMessage()) or b""))
    while (found := talk.next_event()) is h11.NEED_DATA or isinstance(found, h11.InformationalResponse):
        if found is h11.NEED_DATA:
            talk.receive_data(channel.head())
    if not isinstance(found, h11.Response):
        raise FetchFailed(f"{channel.name}: the answer cannot be read; try again later")
    given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in found.headers}
    if found.status_code != OK:
        raise refusal(channel.name, found.status_code, given, " instead of a stream")
    if not given.get("content-type", "").lower().startswith("text/event-stream"):
        raise FetchFailed(f"{channel.name}: the answer is no stream of events; check its address", OK)
    return talk


def host(target: Target) -> str:
    """Return what the Host header says."""
    return target.origin.partition("://")[2]


class EventStream(OverChannel):
    """See `ingest.http.channel.Telling`."""

    def __init__(self, channel: Channel, talk: h11.Connection, most: int) -> None:
        super().__init__(channel)
        self._talk = talk
        self._events = Events(channel.name, most)
        self._told: deque[Told] = deque()

    def next(self, seconds: float) -> Told | None:
        """See `Telling`."""
        ends = monotonic() + seconds
        while not self._told:
            with explained(self._channel.budget):
                found = self._talk.next_event()
                if isinstance(found, h11.Data):
                    self._told.extend(self._events.feed(bytes(found.data)))
                elif found is not h11.NEED_DATA:
                    raise FetchFailed(f"{self._channel.name}: the server ended the stream; try again later")
                elif (piece := self._channel.receive(ends - monotonic())) is not None:
                    self._talk.receive_data(piece)
                else:
                    return None
        return self._told.popleft()

    def nudge(self) -> None:
        """Do nothing: such a stream goes one way, and its heartbeats come unasked."""


class Events:
    """Takes a text/event-stream apart. Memory: one event of `most` bytes, however the pieces fall."""

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = name, most
        self._line = bytearray()
        self._kind, self._data = "", list[bytes]()
        self._kept = self._skipped = 0

    def feed(self, piece: bytes) -> Iterator[Told]:
        """Yield the events that a piece ends.

        Raises:
            FetchFailed: an event has no end.
        """
        *ended, rest = piece.split(b"\n")
        for part in ended:
            self._more(part)
            line, self._line = bytes(self._line).removesuffix(b"\r"), bytearray()
            if line:
                self._field(line)
            else:
                yield from self._event()
        self._more(rest)

    def _more(self, part: bytes) -> None:
        room = max(0, self._most + NAMES - len(self._line))
        self._line += part[:room]
        self._skip(len(part) - room)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._kind = value[:NAMES].decode("utf-8", "replace")
        elif name == b"data":
            room = max(0, self._most - self._kept)
            self._data.append(value[:room])
            self._kept += len(value[:room]) + 1
            self._skip(len(value) - room)

    def _skip(self, count: int) -> None:
        self._skipped += max(0, count)
        if self._skipped > MAX_SKIPPED:
            raise FetchFailed(f"{self._name}: the server sends an event without end; leave it out")

    def _event(self) -> Iterator[Told]:
        """Yield what an empty line ends; a heartbeat is a comment, and ends nothing."""
        if self._data:
            yield Told(self._kind, b"\n".join(self._data), whole=not self._skipped)
        self._kind, self._data, self._kept, self._skipped = "", [], 0, 0
