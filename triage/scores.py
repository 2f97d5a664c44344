"""Scores become rows, decisions and cases: one transaction for a whole batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage import attempts, cases, contracts, models, policy
from triage.models import PostState
from triage.models.base import among, from_now
from triage.settings import get_settings

ITEM = ["post_id", "scorer", "version", "media_sha256"]


@dataclass(frozen=True)
class ScoredPost:
    """A post and what the scorers said about its items."""

    post: contracts.PendingPost
    scores: tuple[contracts.Score, ...]

    @property
    def failure(self) -> str | None:
        """Why nothing of the post could be scored, or None."""
        if any(score.error is None for score in self.scores):
            return None
        problems = [score.error for score in self.scores if score.error]
        problems += [media.problem for media in self.post.media if media.problem]
        return "; ".join(problems) or "No scorer is set up for what this post holds; see FLAGPOST_SCORERS."


def record(session: Session, results: Sequence[ScoredPost], rules: policy.Policy) -> list[int]:
    """Write scores, decide, open cases and end the posts' waiting. Doing it twice changes nothing.

    Returns:
        Ids of the cases that are new.

    """
    _insert(session, results)
    decisions = {result.post.id: policy.decide(rules, result.post, result.scores) for result in results}
    wanted = {key: made for key, made in decisions.items() if made.action is not contracts.Action.PASS}
    opened = cases.open_cases(session, wanted)
    _end_waiting(session, results)
    return opened


def problems(session: Session, post_ids: Iterable[int]) -> list[str]:
    """Return what could not be scored of some posts, and why, as lines `source/external_id: reason`."""
    post, score = models.Post, models.Score
    rows = session.execute(
        select(post.source, post.external_id, post.failure, score.error)
        .outerjoin(score, (score.post_id == post.id) & score.error.is_not(None))
        .where(among(post.id, post_ids), score.error.is_not(None) | post.failure.is_not(None))
        .order_by(post.id, score.id)
    )
    said = (f"{row.source}/{row.external_id}: {row.failure or row.error}" for row in rows)
    return list(dict.fromkeys(said))


def _insert(session: Session, results: Sequence[ScoredPost]) -> None:
    rows = [
        {"post_id": result.post.id, **score.model_dump()} for result in results for score in result.scores
    ]
    if rows:
        session.execute(insert(models.Score).on_conflict_do_nothing(index_elements=ITEM), rows)


def _end_waiting(session: Session, results: Sequence[ScoredPost]) -> None:
    table = models.Post
    done = [result.post.id for result in results if result.failure is None]
    session.execute(
        update(table)
        .where(among(table.id, done), table.state == PostState.PENDING)
        .values(state=PostState.SCORED, attempts=0)
    )
    unflagged = from_now(hours=get_settings().unflagged_hours)
    no_case = ~select(models.Case).where(models.Case.post_id == table.id).exists()
    session.execute(update(table).where(among(table.id, done), no_case).values(expires_at=unflagged))
    for result in results:
        if result.failure is not None:
            attempts.set_aside(session, [result.post.id], result.failure)
