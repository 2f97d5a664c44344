"""One request, and the reading of its answer."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from requests import Request
from urllib3.response import HTTPResponse

from ingest.http import kinds
from ingest.http.addresses import Rules, Target, read
from ingest.http.fetched import Fetched
from ingest.http.limits import KIB, Budget
from ingest.http.rates import retry_after
from triage.errors import FetchFailed, FetchRefused

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PIECE = 64 * KIB


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to a target that was read."""

    method: str
    target: Target
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    most: int
    """Most bytes of the answer's body."""

    @classmethod
    def prepare(
        cls,
        method: str,
        url: str,
        rules: Rules,
        headers: Mapping[str, str],
        most: int,
        **content: Any,  # noqa: ANN401
    ) -> "Ask":
        """Read an address, and add query and body to it.

        Args:
            method: such as GET.
            url: the address, from anybody.
            rules: what may be opened.
            headers: what is sent along.
            most: most bytes of the answer's body.
            content: `params`, `data` and `json`, as `requests` understands them.

        Raises:
            FetchRefused: it may not be opened.
        """
        target = read(url, rules)  # before any library reads it in its own way
        ready = Request(method, target.url, dict(headers), **content).prepare()
        body = ready.body.encode() if isinstance(ready.body, str) else ready.body
        if body is not None and not isinstance(body, bytes):
            raise TypeError("a body is sent whole, never streamed")
        sent = {name: str(value) for name, value in ready.headers.items()}
        return cls(method, read(str(ready.url), rules), sent, body, most)

    def follow(self, found: Fetched, rules: Rules, own: Mapping[str, str]) -> "Ask":
        """Return the request that a redirect asks for; only our own headers go to another host.

        Raises:
            FetchRefused: it may not be followed.
            FetchFailed: it leads nowhere.
        """
        if self.method != "GET":
            raise FetchRefused(f"{found.name}: redirects a {self.method}; ask for the address it leads to")
        if not (location := found.headers.get("Location")):
            raise FetchFailed(f"{found.name}: redirects, but not where to; check the address", found.status)
        try:
            location = location.encode("latin-1").decode()  # read as Latin-1, but written as UTF-8
        except UnicodeError as error:
            raise FetchRefused(f"{found.name}: redirects to what is no text; leave it out") from error
        target = self.target.follow(location, rules)
        return replace(
            self, target=target, headers=self.headers if target.origin == self.target.origin else own
        )

    def answer(self, response: HTTPResponse, budget: Budget) -> Fetched:
        """Read an answer to its end; that of a redirect only to the end of its headers.

        Raises:
            FetchFailed: it is compressed, too large, or not over in time.
        """
        body = b"" if response.status in REDIRECTS else _body(response, self.most, budget)
        digest = hashlib.sha256(body).hexdigest()
        return Fetched(self.target.url, response.status, response.headers, body, kinds.sniff(body), digest)


def _body(response: HTTPResponse, most: int, budget: Budget) -> bytes:
    """Read a body. One that is compressed is not unpacked: we asked for it plain, and it may be a bomb."""
    if (coding := response.headers.get("Content-Encoding", "").strip().lower()) not in ("", "identity"):
        raise _failed(response, f"{budget.name}: the answer is compressed ({coding[:20]}); leave it out")
    budget.allow(most + most // 8 + PIECE)  # what frames the pieces counts, too
    body = bytearray()
    pieces = response.stream(PIECE, decode_content=False)
    while max(len(body), response.length_remaining or 0) <= most:
        if not (piece := next(pieces, b"")):
            return bytes(body)
        body += piece
    raise _failed(response, f"{budget.name}: the answer has more than {most} bytes; leave it out")


def _failed(response: HTTPResponse, message: str) -> FetchFailed:
    return FetchFailed(message, response.status, retry_after(response.headers))
