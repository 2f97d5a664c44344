"""What the intake answers, as it stands in its OpenAPI document."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ingest.adapter import FoundMedia
from triage.contracts import Contract, Media


class Status(StrEnum):
    """What became of one post."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    DELETED = "deleted"


class Result(Contract):
    """What became of one post of a request."""

    index: Annotated[int, Field(description="Its place in the request, from 0; blank lines do not count.")]
    id: Annotated[str | None, Field(description="Its id, where it could be read.")] = None
    status: Status
    why: Annotated[
        str | None, Field(description="Why it was rejected, or which of its pictures could not be kept.")
    ] = None


class Answer(Contract):
    """What became of each post of a request. What is `stored` is in the database, and will be scored."""

    stored: int
    duplicates: int
    rejected: int
    deleted: int
    results: tuple[Result, ...]


class Problem(Contract):
    """Why a request was not taken; nothing of it was stored."""

    error: str
    what_to_do: str


def answer(results: tuple[Result, ...]) -> Answer:
    """Return the answer to a request."""
    count = [one.status for one in results].count
    return Answer(
        stored=count(Status.STORED),
        duplicates=count(Status.DUPLICATE),
        rejected=count(Status.REJECTED),
        deleted=count(Status.DELETED),
        results=results,
    )


def picture_problems(found: tuple[FoundMedia, ...], kept: tuple[Media, ...]) -> str | None:
    """Return in words which pictures of a post could not be kept; None where all were."""
    problems = [
        f"picture {one.name[:200]!r}: {media.problem}"
        for one, media in zip(found, kept, strict=True)
        if media.problem
    ]
    return "; ".join(problems) or None
