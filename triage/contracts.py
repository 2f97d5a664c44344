"""What crosses a boundary between packages: frozen values, checked once at the door.

ingest hands `Post` to triage; triage hands `PendingPost` to worker; worker hands `Score` back;
the policy turns both into a `Decision`.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

MAX_ID = 512
"""Longest source name or external id, in characters."""


def storable(text: str) -> str:
    """Replace what PostgreSQL cannot hold (NUL, lone surrogates) by U+FFFD, so no post is lost for it."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _whole(text: str) -> str:
    """An identifier must survive storage unchanged, or two posts could become one."""
    if storable(text) != text:
        raise ValueError("must not hold NUL or lone surrogate characters")
    return text


def _aware(moment: datetime) -> datetime:
    """Read a time without a zone as UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Identifier = Annotated[str, Field(min_length=1, max_length=MAX_ID), AfterValidator(_whole)]
Text = Annotated[str, AfterValidator(storable)]
Moment = Annotated[datetime, AfterValidator(_aware)]
Probability = Annotated[float, Field(ge=0, le=1)]


class Contract(BaseModel):
    """A frozen value; unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Level(StrEnum):
    """The highest operating point of its model's card that a probability reaches."""

    CLEAR = "clear"
    UNSURE = "unsure"
    LIKELY = "likely"
    STRONG = "strong"

    @property
    def rank(self) -> int:
        """0 for clear to 3 for strong."""
        return list(Level).index(self)


class Media(Contract):
    """One picture of a post: stored bytes named by their hash, or the reason there are none."""

    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    kind: str = "image"
    size: int = 0
    width: int | None = None
    height: int | None = None
    alt: Text | None = None
    problem: Text | None = None
    later: Text | None = None
    """Address to fetch it from later, where only a passing problem keeps its bytes out."""

    @model_validator(mode="after")
    def _bytes_or_problem(self) -> "Media":
        if (self.sha256 is None) == (self.problem is None):
            raise ValueError("media needs either its sha256 or the problem that kept it out")
        return self


class Post(Contract):
    """One post as a source gave it, safe to store. Authors are pseudonyms already."""

    source: Identifier
    external_id: Identifier
    caption: Text = ""
    language: Text | None = None
    url: Text | None = None
    posted_at: Moment | None = None
    edited_at: Moment | None = None
    """When its author last changed it; a known post with a newer one is its next revision."""
    author_ref: str | None = None
    media: tuple[Media, ...] = ()


class PendingPost(Post):
    """A stored post that waits for its scores."""

    id: int
    attempts: int = 0
    """Attempts at scoring it that began and never came to an end."""


class PostBatch(Contract):
    """What travels through the queue: ids, never captions or pictures."""

    post_ids: tuple[int, ...] = Field(min_length=1, max_length=1000)


class Score(Contract):
    """What one scorer said about one item; either a probability or the error that prevented it."""

    scorer: str
    version: str
    media_sha256: str | None = None
    raw: float | None = None
    probability: Probability | None = None
    level: Level = Level.CLEAR
    error: Text | None = None
    evidence: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _probability_or_error(self) -> "Score":
        if (self.probability is None) == (self.error is None):
            raise ValueError("a score needs either a probability or an error")
        return self


class Action(StrEnum):
    """What the policy does with a post."""

    FLAG = "flag"
    SAMPLE = "sample"
    PASS = "pass"  # noqa: S105 - not a password


class Decision(Contract):
    """What the policy says about a post, and which rule said it. Not about a person."""

    action: Action
    rule: str
    priority: int = Field(ge=0, le=100)
    policy_version: str
