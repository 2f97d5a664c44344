"""Scores become rows, decisions and cases: one transaction for a whole batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage import attempts, contracts, decisions, models, policy
from triage.models import PostState
from triage.models.base import among, from_now
from triage.pdq import Fingerprint
from triage.settings import get_settings

ITEM = ["post_id", "scorer", "version", "media_sha256"]


@dataclass(frozen=True)
class ScoredPost:
    """A post and what the scorers said about its items."""

    post: contracts.PendingPost
    scores: tuple[contracts.Score, ...]
    unread: tuple[str, ...] = ()
    """Pictures, by sha256, that look like text and that nobody has read yet."""
    fingerprints: Mapping[str, Fingerprint] = field(default_factory=dict)
    """Of its pictures, by sha256, as far as they were decoded."""

    @property
    def failure(self) -> str | None:
        """Why nothing of the post could be scored, or None; what waits to be read is scored later."""
        if self.unread or any(score.error is None for score in self.scores):
            return None
        problems = [score.error for score in self.scores if score.error]
        problems += [media.problem for media in self.post.media if media.problem]
        return "; ".join(problems) or "No scorer is set up for what this post holds; see FLAGPOST_SCORERS."


def record(session: Session, results: Sequence[ScoredPost], rules: policy.Policy) -> list[int]:
    """Write scores, decide, open cases and end the posts' waiting. Doing it twice changes nothing.

    Returns:
        Ids of the cases that are new.

    """
    decisions.lock(session, [result.post.id for result in results])
    _insert(session, [(result.post.id, score) for result in results for score in result.scores])
    decided = decisions.decide(session, {result.post.id: result.post for result in results}, rules)
    _end_waiting(session, results)
    return decided.opened


def record_late(
    session: Session,
    sha256: str,
    late: Sequence[contracts.Score],
    rules: policy.Policy,
    only: Iterable[int] | None = None,
) -> decisions.Decided:
    """Write scores of a picture that came after the others, for every post that shows it, and decide anew.

    Posts that still wait for their other scores are decided when those come. Doing it twice changes nothing.
    `only` narrows the posts to these ids.
    """
    place = models.PostMedia
    showing = select(place.post_id).where(place.sha256 == sha256).distinct()
    holding = session.scalars(showing if only is None else showing.where(among(place.post_id, only)))
    posts = decisions.lock(session, holding)
    _insert(session, [(post.id, score) for post in posts for score in late])
    scored = {post.id: _as_contract(post) for post in posts if post.state == PostState.SCORED}
    return decisions.decide(session, scored, rules)


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


def _as_contract(post: models.Post) -> contracts.Post:
    """Return what a rule may look at; the pictures are known by their scores."""
    fields = contracts.Post.model_fields.keys() - {"media"}
    return contracts.Post.model_validate({name: getattr(post, name) for name in fields})


def _insert(session: Session, scored: Iterable[tuple[int, contracts.Score]]) -> None:
    rows = [{"post_id": post_id, **score.model_dump()} for post_id, score in scored]
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
