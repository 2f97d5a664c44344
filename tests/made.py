"""Made posts, scores and policies for tests."""

from tests.conftest import TOY_POLICY
from triage import attempts, contracts, policy, posts, scores
from triage.contracts import Level, PendingPost, Post, Score
from triage.db import session_scope

TOY_RULES = policy.load(TOY_POLICY)


def post(number: int | str = 1, caption: str = "a day at the lake", **fields: object) -> Post:
    return Post.model_validate(
        {"source": "made", "external_id": f"post-{number}", "caption": caption} | fields
    )


def store(*made: Post) -> tuple[int, ...]:
    """Store posts in a transaction of their own; return the ids of the new ones."""
    with session_scope() as session:
        return posts.record(session, made).stored


def take(*post_ids: int, by: str = "first/0") -> list[PendingPost]:
    with session_scope() as session:
        return attempts.take(session, post_ids, by)


def score(level: Level = Level.CLEAR, scorer: str = "toy_text", **fields: object) -> Score:
    probability = {"clear": 0.1, "unsure": 0.3, "likely": 0.6, "strong": 0.9}[level]
    return Score.model_validate(
        {"scorer": scorer, "version": "1", "probability": probability, "level": level} | fields
    )


def failed(message: str, scorer: str = "toy_text") -> Score:
    return Score(scorer=scorer, version="1", error=message)


def record(pending: PendingPost, *said: Score) -> list[int]:
    """Write scores under the toy policy; return the ids of the cases that are new."""
    with session_scope() as session:
        return scores.record(session, [scores.ScoredPost(pending, said)], TOY_RULES)


def tally(*post_ids: int) -> posts.Tally:
    with session_scope() as session:
        return posts.tally(session, post_ids)


def picture(sha256: str = "a" * 64, **fields: object) -> contracts.Media:
    return contracts.Media.model_validate({"sha256": sha256, "size": 3} | fields)
