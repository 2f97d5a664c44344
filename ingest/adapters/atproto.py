"""Repositories of the AT protocol: where they are, their records and blobs, checked against their CIDs."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

from ingest.adapters import cids
from ingest.http.fetched import Fetched
from ingest.http.fetcher import OK, Fetcher
from ingest.remote import RemoteFile, pinned
from triage.errors import FetchError, FetchFailed, PostRejected

POSTS = "app.bsky.feed.post"
PLC = re.compile(r"did:plc:[a-z2-7]{24}")
WEB = re.compile(r"did:web:([a-z0-9][a-z0-9.-]{0,252})")
SERVICE = "AtprotoPersonalDataServer"
MAX_ANSWER_BYTES = 2 * 2**20
HOMES = 20_000
"""Most accounts whose server is remembered."""
HOME_SECONDS = 3600.0
GONE = (404, 410)


class Gone(Exception):
    """The record is not there any more."""


class DirectoryAway(FetchFailed):
    """The directory of accounts does not answer, so that nothing can be checked now."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as its server holds it now; its CID is that of its value."""

    cid: str
    value: dict[str, Any]


class Repos:
    """Finds and reads repositories. Safe to share between threads."""

    def __init__(self, fetcher: Fetcher, directory: str) -> None:
        """Ask `directory`, such as `https://plc.directory`, where accounts are."""
        self.fetcher = fetcher
        self._directory = directory.rstrip("/")
        self._homes: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._lock = Lock()

    def known(self, did: str) -> bool:
        """Whether an account's server was asked for lately."""
        with self._lock:
            return did in self._homes

    def home(self, did: str) -> str:
        """Return the address of the server that holds an account.

        Raises:
            Gone: there is no such account any more.
            DirectoryAway: the directory does not answer.
            FetchError: an account that is known by a host's name is not found there now.
            PostRejected: it names no server.
        """
        with self._lock:
            since, known = self._homes.get(did, (0.0, ""))
        if known and monotonic() - since < HOME_SECONDS:
            return known
        found = _service(self._document(did), did)
        with self._lock:
            self._homes[did] = monotonic(), found
            self._homes.move_to_end(did)
            while len(self._homes) > HOMES:
                self._homes.popitem(last=False)
        return found

    def record(self, did: str, rkey: str) -> Record:
        """Return a post's record from its account's server.

        Raises:
            Gone: the server does not have it.
            PostRejected: it may not be read, or is not what its CID says.
            FetchError: the server cannot be asked, or not now; or see `home`.
        """
        found = self._ask(did, "com.atproto.repo.getRecord", {"repo": did, "collection": POSTS, "rkey": rkey})
        answer = found.json()
        value = answer.get("value") if isinstance(answer, dict) else None
        if found.status != OK or not isinstance(value, dict):
            raise _refused(found, answer)
        try:
            cid = cids.of_record(value)
        except ValueError as error:
            raise PostRejected(f"{found.name}: the record cannot be checked: {error}") from error
        if cid != answer.get("cid"):
            raise PostRejected(f"{found.name}: the record is not what its CID says")
        return Record(cid, value)

    def blob(self, did: str, cid: str) -> RemoteFile:
        """Return an account's blob, to be fetched: the bytes that its CID names, and no others.

        Raises:
            Gone, PostRejected, FetchError: see `home`.
            ValueError: the CID names no plain bytes.
        """
        sha256 = cids.sha256_of_blob(cid)
        url = f"{self.home(did)}/xrpc/com.atproto.sync.getBlob?did={did}&cid={cid}"
        return RemoteFile(pinned(url, sha256), self.fetcher)

    def _ask(self, did: str, what: str, params: dict[str, str]) -> Fetched:
        """Ask an account's server; where it does not know the account, it may have moved."""
        for _ in range(2):
            fresh = not self.known(did)
            url = f"{self.home(did)}/xrpc/{what}"
            found = self.fetcher.call("GET", url, params=params, limit=MAX_ANSWER_BYTES)
            if (
                found.status == OK
                or fresh
                or "RepoNotFound" not in found.body[:1000].decode("utf-8", "replace")
            ):
                break
            with self._lock:
                self._homes.pop(did, None)
        return found

    def _document(self, did: str) -> Any:  # noqa: ANN401
        if PLC.fullmatch(did):
            try:
                found = self.fetcher.call("GET", f"{self._directory}/{did}", limit=MAX_ANSWER_BYTES)
                if found.status in GONE:
                    raise Gone
                if found.status == OK:
                    return found.json()
                raise found.refused(" instead of an account")
            except FetchError as error:
                wait = error.retry_after if isinstance(error, FetchFailed) else None
                raise DirectoryAway(f"{error}", retry_after=wait) from error
        if not (web := WEB.fullmatch(did)):
            raise PostRejected("its account is of no kind that can be looked up (did:plc, did:web)")
        found = self.fetcher.call("GET", f"https://{web[1]}/.well-known/did.json", limit=MAX_ANSWER_BYTES)
        if found.status != OK:
            raise found.refused(" instead of an account")
        return found.json()


def _service(document: Any, did: str) -> str:  # noqa: ANN401
    """Return the server that an account's document names."""
    services = document.get("service") if isinstance(document, dict) and document.get("id") == did else None
    for one in services if isinstance(services, list) else ():
        if (
            isinstance(one, dict)
            and one.get("type") == SERVICE
            and isinstance(one.get("serviceEndpoint"), str)
        ):
            return str(one["serviceEndpoint"]).rstrip("/")
    raise PostRejected("its account names no server")


def _refused(found: Fetched, answer: Any) -> Exception:  # noqa: ANN401
    what = answer.get("error") if isinstance(answer, dict) else None
    what = what[:60] if isinstance(what, str) else ""
    if what == "RecordNotFound":
        return Gone()
    if what.startswith("Repo"):  # not found, taken down, deactivated, suspended
        return PostRejected(f"{found.name}: its account cannot be read ({what})")
    return found.refused(f" ({what}) instead of a record")
