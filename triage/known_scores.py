"""What is known of a picture from other posts: the same bytes, scored by the same version, score the same."""

from collections.abc import Collection
from typing import TypeAlias

from sqlalchemy import ARRAY, Text, column, func, literal, select, true, values
from sqlalchemy.orm import Session, aliased

from triage import contracts
from triage.models import Score

Version: TypeAlias = tuple[str, str]
"""Name and version of a scorer."""
Known: TypeAlias = dict[tuple[str, str], contracts.Score]
"""Scores by the scorer's name and the picture's sha256."""


def of_pictures(session: Session, pictures: Collection[str], by: Collection[Version]) -> Known:
    """Return the scores of pictures, by sha256, that these versions of scorers have given to any post.

    Errors are left out: what went wrong then need not go wrong now.
    """
    if not pictures or not by:
        return {}
    ids = func.unnest(literal(list(pictures), ARRAY(Text)))
    shown = ids.table_valued(column("sha256", Text)).render_derived(name="shown")
    asked = values(column("scorer", Text), column("version", Text), name="asked").data(list(by))
    said = (  # of a picture that a thousand posts show only one row is read
        select(Score)
        .where(Score.media_sha256 == shown.c.sha256, Score.error.is_(None))
        .where(Score.scorer == asked.c.scorer, Score.version == asked.c.version)
        .limit(1)
        .lateral("said")
    )
    one = aliased(Score, said)
    rows = session.scalars(select(one).select_from(shown).join(asked, true()).join(said, true()))
    return {(row.scorer, row.media_sha256 or ""): _as_contract(row) for row in rows}


def _as_contract(row: Score) -> contracts.Score:
    fields = contracts.Score.model_fields.keys()
    return contracts.Score.model_validate({name: getattr(row, name) for name in fields})
