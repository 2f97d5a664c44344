"""Fingerprints of pictures, kept beside them: the worker takes them of what it decodes anyway."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import BitString
from sqlalchemy.orm import Session

from triage.models import Media
from triage.pdq import BITS, Fingerprint


def record(session: Session, taken: Iterable[Mapping[str, Fingerprint]]) -> None:
    """Keep fingerprints of pictures, by sha256, where they say something; doing it twice changes nothing.

    Give it a transaction of its own. Pictures are locked by whoever stores them again, too, always in this
    order; posts, which others lock before pictures, must not be locked yet.
    """
    usable = {key: found for each in taken for key, found in each.items() if found.usable}
    if not usable:
        return
    without = select(Media.sha256).where(Media.sha256.in_(usable), Media.pdq.is_(None))
    chosen = session.scalars(without.order_by(Media.sha256).with_for_update(key_share=True)).all()
    rows = [{"sha256": key, "pdq": BitString.from_int(usable[key].bits, BITS)} for key in chosen]
    if rows:
        session.execute(update(Media), rows)
