"""What the policy says about posts, by all that is known of them when it is asked."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from triage import cases, contracts, models, policy
from triage.models.base import among


class Decided(NamedTuple):
    """Ids of the cases that a decision opened, and of the open ones that it made more urgent."""

    opened: list[int]
    raised: list[int]


def lock(session: Session, post_ids: Iterable[int]) -> list[models.Post]:
    """Lock posts, always in the same order, and return those that are there, as they are now.

    Who adds scores locks first: of two that add to one post at once, the second then decides on both.
    """
    table = models.Post
    rows = select(table).where(among(table.id, post_ids)).order_by(table.id).with_for_update()
    return list(session.scalars(rows, execution_options={"populate_existing": True}))


def decide(session: Session, posts: Mapping[int, contracts.Post], rules: policy.Policy) -> Decided:
    """Decide about posts, by id, on the newest score of each scorer and item; open cases, raise open ones."""
    said = _newest_scores(session, posts)
    made = {post_id: policy.decide(rules, post, said.get(post_id, ())) for post_id, post in posts.items()}
    wanted = {post_id: each for post_id, each in made.items() if each.action is not contracts.Action.PASS}
    opened = cases.open_cases(session, wanted)
    return Decided(opened, cases.raise_cases(session, wanted))


def _newest_scores(session: Session, post_ids: Iterable[int]) -> dict[int, list[contracts.Score]]:
    table = models.Score
    fields = (table.scorer, table.version, table.media_sha256, table.probability, table.level, table.error)
    item = (table.post_id, table.scorer, table.media_sha256)
    rows = session.execute(
        select(table.post_id, *fields)
        .ext(distinct_on(*item))
        .where(among(table.post_id, post_ids))
        .order_by(*item, table.id.desc())
    )
    found: dict[int, list[contracts.Score]] = {}
    for row in rows:
        values = {field.key: getattr(row, field.key) for field in fields}
        found.setdefault(row.post_id, []).append(contracts.Score.model_validate(values))
    return found
