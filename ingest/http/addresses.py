"""Which URLs may be opened. One strict reading: what two programs could read differently is refused."""

import re
from collections.abc import Set
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin

from ingest.http.networks import Address, forbidden
from triage.errors import FetchRefused

PORTS = {"http": 80, "https": 443}
"""The schemes that can be spoken, with the port each has by default."""
MAX_URL = 4096
"""Longest address read, in characters."""
MAX_HOST = 253
"""Longest host name there can be, in characters."""
URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)", re.DOTALL)
AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::([0-9]{1,5}))?")
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
UNCLEAR = re.compile(r"[\x00-\x20\x7f-\xa0\\\s\ud800-\udfff]")
"""Characters that programs drop, trim or take for others."""
INSIDE = frozenset(
    {"alt", "arpa", "corp", "home", "internal", "intranet", "invalid", "lan"}
    | {"local", "localdomain", "localhost", "onion", "private", "test"}
)
"""Last labels of names that mean something on a network of its own, cloud metadata hosts among them."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be opened at all."""

    schemes: Set[str] = frozenset({"https"})
    ports: Set[int] = frozenset({80, 443})
    permitted: Set[tuple[str, int]] = frozenset()
    """Addresses with ports that are opened though they are not public. For tests: no setting leads here."""


@dataclass(frozen=True, slots=True)
class Target:
    """One address that may be asked for. Its URL is put together from what was read, never passed on."""

    scheme: str
    host: str
    port: int
    path: str
    """The path and the query, as sent."""
    address: Address | None = None
    """The host, where it is an IP address and not a name."""

    @property
    def origin(self) -> str:
        """Scheme, host and port: who gets to see a request."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def url(self) -> str:
        """The whole URL, with its query. It may hold a secret: not for messages."""
        return self.origin + self.path

    def follow(self, location: str, rules: Rules) -> "Target":
        """Read where a redirect leads.

        Raises:
            FetchRefused: it may not be followed.
        """
        _check_text(location)
        try:
            target = read(urljoin(self.url, location), rules)
        except ValueError as error:  # from urljoin
            raise FetchRefused(f"{shown(self.url)}: redirects to what is no URL; leave it out") from error
        if self.scheme == "https" and target.scheme != "https":
            raise _refused(target.url, "a redirect that gives up encryption is not followed")
        return target


def read(url: str, rules: Rules) -> Target:
    """Read a URL that anybody may have written.

    Raises:
        FetchRefused: it may not be opened; the message says why.
    """
    _check_text(url)
    if not (parts := URL.match(url)):
        raise _refused(url, "it is no full URL like https://host/path")
    scheme, authority, path = parts[1].lower(), parts[2], parts[3]
    if scheme not in rules.schemes:
        raise _refused(url, f"only {' and '.join(sorted(rules.schemes))} is opened (FLAGPOST_FETCH_HTTP)")
    if "@" in authority:
        raise _refused(url, "it holds a user name")
    if not authority.isascii() or not (found := AUTHORITY.fullmatch(authority.lower())):
        raise _refused(
            url, "its host is no plain ASCII name or address (write international names as xn--...)"
        )
    host, address = _v6(url, found[1]) if found[1] else _name_or_v4(url, found[2])
    target = Target(scheme, host, int(found[3] or PORTS[scheme]), _path(path), address)
    if target.port not in rules.ports:
        raise _refused(url, f"port {target.port} is not opened (FLAGPOST_FETCH_PORTS)")
    if address:
        check([address], target, rules)
    return target


def check(addresses: list[Address], target: Target, rules: Rules) -> None:
    """Refuse a host if only one of its addresses is not public: a name that mixes them is no accident.

    Raises:
        FetchRefused: one may not be connected to.
    """
    for address in addresses:
        if (str(address), target.port) not in rules.permitted and (what := forbidden(address)):
            raise _refused(target.url, f"the host's address {address} is {what}")


def shown(url: str) -> str:
    """Return a URL as messages may show it: host and file name, without user, query and what is between.

    Tokens stand in queries, and with some services in the path.
    """
    rest = url[:MAX_URL].partition("://")[2] or url[:MAX_URL]
    authority, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    folder, _, name = path.rpartition("/")
    text = authority.rpartition("@")[2][:80] + slash + ("…/" if folder else "") + name[:80]
    return "".join(c if c.isprintable() else "�" for c in text) or "the URL"


def _check_text(url: str) -> None:
    if len(url) > MAX_URL:
        raise _refused(url, f"it is longer than {MAX_URL} characters")
    if UNCLEAR.search(url):
        raise _refused(
            url, "it holds spaces, control characters or backslashes (write them as %20 and so on)"
        )


def _v6(url: str, text: str) -> tuple[str, Address]:
    try:
        address = IPv6Address(text)
    except AddressValueError as error:
        raise _refused(url, "its host is no IPv6 address") from error
    return str(address), address


def _name_or_v4(url: str, host: str) -> tuple[str, Address | None]:
    labels = host.split(".")
    if NUMBER.fullmatch(labels[-1]):
        try:
            return host, IPv4Address(host)  # four decimal numbers and nothing else
        except AddressValueError as error:
            raise _refused(url, "its host is a number that is no plain IPv4 address") from error
    if len(host) > MAX_HOST or not all(LABEL.fullmatch(label) for label in labels):
        raise _refused(url, "its host is no host name")
    if len(labels) == 1 or labels[-1] in INSIDE:
        raise _refused(url, "its host is a name of an inside network")
    return host, None


def _path(path: str) -> str:
    """Write what is not ASCII as UTF-8 in percent signs, and leave the rest as it is."""
    path = path if path.startswith("/") else "/" + path
    return quote(path, safe="".join(map(chr, range(0x21, 0x7F))))


def _refused(url: str, why: str) -> FetchRefused:
    return FetchRefused(f"{shown(url)}: not opened: {why}")
