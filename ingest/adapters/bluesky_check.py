"""Posts that a stream tells of, checked against the record on their own server before they are stored."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ingest.adapter import FoundMedia, FoundPost, Rejected
from ingest.adapters.at_once import at_once
from ingest.adapters.atproto import DirectoryAway, Gone, Record, Repos
from ingest.adapters.bluesky_post import images, place, values
from ingest.adapters.jetstream import Happened
from ingest.fields import MAX_MEDIA, check
from triage.errors import FetchError, FetchFailed, PostRejected

TRIES = 5
"""How often a server that is away is asked for a record: with its pauses, for some eight minutes."""
FIRST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Claim:
    """That a post was written or edited, as the stream says. It is kept in the checkpoint while it waits."""

    did: str
    rkey: str
    cid: str
    kind: str
    at: float
    tries: int = 0
    due: float = 0.0
    """When to try again, in seconds since 1970."""

    @property
    def event(self) -> Happened:
        """What the stream said, without its record."""
        return Happened(self.kind, at=self.at, did=self.did, rkey=self.rkey, cid=self.cid)

    def kept(self) -> dict[str, Any]:
        """Return it as JSON; `Claim(**kept)` is it again."""
        return asdict(self)


class Checker:
    """Makes posts of claims."""

    def __init__(self, source: str, repos: Repos) -> None:
        """Make posts of a source from the records of `repos`."""
        self._source, self._repos = source, repos

    def check(self, claims: Sequence[Claim], now: float) -> list[FoundPost | Rejected | Claim]:
        """Return, for each claim, a post, a deletion, a rejection, or the claim to be tried again later.

        Raises:
            DirectoryAway: no account can be looked up now.
        """
        return at_once(lambda one: self._one(one, now), claims)

    def _one(self, claim: Claim, now: float) -> FoundPost | Rejected | Claim:
        uri = place(claim.event, self._source)
        try:
            return self._post(claim, self._repos.record(claim.did, claim.rkey))
        except Gone:
            return gone(uri, self._source)
        except PostRejected as error:
            return Rejected(uri, str(error))
        except DirectoryAway:
            raise
        except FetchFailed as error:
            if claim.tries + 1 >= TRIES or not error.passing:
                return Rejected(uri, f"it could not be checked in {claim.tries + 1} attempts: {error}")
            pause = max(FIRST_PAUSE * 2**claim.tries, error.retry_after or 0.0)
            return replace(claim, tries=claim.tries + 1, due=now + min(pause, 3600.0))
        except FetchError as error:
            return Rejected(uri, f"it cannot be checked: {error}")

    def _post(self, claim: Claim, record: Record) -> FoundPost:
        """Return the post as its server has it.

        Raises:
            PostRejected: it is another than the stream said, or holds nothing to score.
        """
        event = claim.event
        if record.cid != claim.cid:
            raise PostRejected(
                "its record is not the one that the stream named; if it was edited, the edit comes"
            )
        found = list(images(record.value))[:MAX_MEDIA]
        fields = check(values(event, record.value, len(found), self._source), self._source)
        media = tuple(self._media(event.did, *one) for one in found)
        return FoundPost(
            fields.id, json.dumps(record.value, ensure_ascii=False).encode("utf-8", "replace"), fields, media
        )

    def _media(self, did: str, cid: str, alt: str | None) -> FoundMedia:
        if not cid:
            return FoundMedia("picture", alt=alt, problem="the post does not name it")
        try:
            return FoundMedia(cid, self._repos.blob(did, cid), alt)
        except ValueError as error:
            return FoundMedia(cid, alt=alt, problem=f"the post names it oddly: {error}")


def gone(uri: str, source: str) -> FoundPost:
    """Return that a post was deleted."""
    return FoundPost(uri, uri.encode(), check({"id": uri, "deleted": True}, source))
