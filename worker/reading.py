"""One picture's reading from the record and back: its words, their score, and the posts decided anew."""

from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from triage import images, media, policy, readings, scores
from triage.contracts import Score
from triage.db import session_scope
from triage.errors import InputError, MediaError
from triage.evidence import Box
from triage.scores import ScoredPost
from triage.wording import Line, PictureText
from worker import readers, scorers
from worker.readers.base import Reader

log = structlog.get_logger()
SIDE = 1280
"""Longest side of what is read, in pixels: twice that of what is scored, for small print."""
MOST_LINES = 500
"""Lines kept of one picture, in reading order."""
SAME_ROW = 0.5
"""Share of the lower line's height by which two lines must overlap to stand side by side."""


def record(session: Session, results: Sequence[ScoredPost]) -> tuple[list[int], int]:
    """Record scored posts, and let their unread pictures wait to be read; ring the reader after the commit.

    A picture may have been read since the worker looked, too early for these posts; they are scored here.
    Readings come first, for the reader locks them before posts, too: two orders would be a deadlock.

    Returns:
        Ids of the cases that are new, and how many pictures wait now that did not before.
    """
    unread = {sha256 for result in results for sha256 in result.unread}
    asked = readings.request(session, unread, readers.version()) if unread else 0
    opened = scores.record(session, results, policy.current())
    read = readings.known(session, unread, readers.version()) if unread else {}
    for sha256, found in read.items():
        ours = [result.post.id for result in results]
        opened += scores.record_late(session, sha256, _score(found, sha256), policy.current(), ours).opened
    return opened, asked


def read_next(by: str) -> bool:
    """Read the picture that waits longest; return whether one did. `by` names the delivery of the message.

    Raises:
        ConfigurationError, ArtifactError: the reader cannot be loaded; nothing was taken.
        ServiceUnavailable: database or media store are away; the picture still waits.
    """
    reader = readers.load()
    with session_scope() as session:
        sha256 = readings.take(session, by)
    if sha256 is None:
        return False
    try:
        _record(sha256, reader.version, _read(reader, sha256))
    except InputError as error:
        log.warning("picture_not_read", reason=str(error))
        with session_scope() as session:
            readings.set_aside(session, sha256, reader.version, str(error))
    return True


def with_source(score: Score, found: PictureText, sha256: str) -> Score:
    """Say of a score of a picture's words that they were found there, and where.

    The reader belongs to the version: what a better one finds is a new score, not one that is there already.
    """
    version = f"{score.version}, read by {readers.version()}"
    evidence = score.evidence | {"picture_text": found.model_dump(mode="json")}
    return score.model_copy(update={"media_sha256": sha256, "version": version, "evidence": evidence})


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Order lines by rows from the top, each row from the left; lines that overlap in height share a row."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.top + line.box.bottom):
        if rows and _side_by_side(rows[-1][0].box, line.box):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.left)]


def _side_by_side(one: Box, other: Box) -> bool:
    overlap = min(one.bottom, other.bottom) - max(one.top, other.top)
    return overlap > SAME_ROW * min(one.bottom - one.top, other.bottom - other.top)


def _read(reader: Reader, sha256: str) -> PictureText:
    picture = images.decode(media.open_store().read(sha256), max_side=SIDE)
    try:
        lines = reader.read(picture)
    except Exception as error:  # a reader is other people's code, and one picture must not stop the others
        raise MediaError(f"The reader gave picture {sha256[:12]} up: {error!r}"[:500]) from error
    return PictureText.of(in_reading_order(lines)[:MOST_LINES])


def _score(found: PictureText, sha256: str) -> list[Score]:
    """Score a picture's words. What a scorer refuses has no score: the reading itself is kept, and shown."""
    texts = scorers.configured("text", required=False) if found.has_words else []
    said = [score for scorer in texts for score in scorer.score([found.text])]
    return [with_source(score, found, sha256) for score in said if score.error is None]


def _record(sha256: str, version: str, found: PictureText) -> None:
    late = _score(found, sha256)
    with session_scope() as session:
        readings.finish(session, sha256, version, found)
        decided = scores.record_late(session, sha256, late, policy.current())
    log.info(
        "picture_read",
        lines=len(found.lines),
        cases_opened=len(decided.opened),
        cases_raised=len(decided.raised),
    )
