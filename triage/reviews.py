"""What an analyst decides about a case: dismiss or escalate, once, with a reason."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage import audit, cases
from triage.contracts import storable
from triage.errors import CaseConflict, InputError
from triage.models import Analyst, Case, CaseState, Post, Review
from triage.settings import get_settings

LONGEST_NOTE = 4000
OTHER = "other"
"""The reason code that needs a note to say more."""


class Verdict(StrEnum):
    """What can be decided about a case."""

    DISMISS = "dismiss"
    ESCALATE = "escalate"


REASONS: dict[Verdict, dict[str, str]] = {
    Verdict.DISMISS: {
        "not_a_gun": "No gun in the picture",
        "toy_or_replica": "Toy, replica or prop",
        "game_or_film": "Game, film or artwork",
        "hunting_or_sport": "Hunting, sport or collecting",
        "news_or_history": "News, history or education",
        "figure_of_speech": "Joke, lyrics or figure of speech",
        "duplicate": "Same as another case",
        OTHER: "Other (say which in the note)",
    },
    Verdict.ESCALATE: {
        "threat_to_people": "Threat against a person or group",
        "threat_to_place": "Threat against a place or event",
        "weapon_and_intent": "Weapon shown together with an intent to harm",
        "self_harm": "The poster may be in danger",
        "happening_now": "Violence that seems to happen now",
        OTHER: "Other (say which in the note)",
    },
}
"""Reason codes of each verdict, with the words that the console shows."""

_STATES = {Verdict.DISMISS: CaseState.DISMISSED, Verdict.ESCALATE: CaseState.ESCALATED}


@dataclass(frozen=True)
class Past:
    """One earlier decision, in words."""

    state: CaseState
    reason: str
    note: str | None
    analyst: str
    decided_at: datetime


def decide(
    session: Session, case_id: int, analyst: Analyst, verdict: Verdict, reason_code: str, note: str = ""
) -> Review:
    """Dismiss or escalate an open case; its state, purge date and audit entry change with it or not at all.

    Raises:
        InputError: the reason code is not one of the verdict's, or the note is missing or too long.
        CaseConflict: somebody decided the case first; the message says who, what and when.
        ReviewError: there is no such case.

    """
    note = storable(note.strip())
    _check(verdict, reason_code, note)
    case = _locked(session, case_id)
    if case.state != CaseState.OPEN:
        raise CaseConflict(_taken(session, case))
    review = Review(
        case_id=case.id,
        analyst_id=analyst.id,
        decision=verdict.value,
        reason_code=reason_code,
        note=note or None,
    )
    session.add(review)
    _close(session, case, verdict)
    detail = {"verdict": verdict.value, "reason": reason_code}
    audit.record(session, analyst.name, audit.Deed.CASE_DECIDED, f"case:{case.id}", detail)
    return review


def history(session: Session, case_id: int) -> list[Past]:
    """Return the decisions about a case, oldest first."""
    rows = session.execute(
        select(Review, Analyst.name).join(Analyst).where(Review.case_id == case_id).order_by(Review.id)
    )
    return [_past(review, name) for review, name in rows]


def _locked(session: Session, case_id: int) -> Case:
    """Lock a case and its post, the post first, as the purge does: else each could wait for the other."""
    post = select(Post.id).join(Case, Case.post_id == Post.id).where(Case.id == case_id)
    session.execute(post.with_for_update(of=Post))
    case = session.scalar(
        select(Case).where(Case.id == case_id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if case is None:
        raise cases.no_case(case_id)
    return case


def _check(verdict: Verdict, reason_code: str, note: str) -> None:
    if reason_code not in REASONS[verdict]:
        raise InputError(f"Choose a reason to {verdict}: one of {', '.join(REASONS[verdict])}.")
    if reason_code == OTHER and not note:
        raise InputError("The reason 'other' needs a note that says which.")
    if len(note) > LONGEST_NOTE:
        raise InputError(f"The note has {len(note)} characters; at most {LONGEST_NOTE} are kept. Shorten it.")


def _close(session: Session, case: Case, verdict: Verdict) -> None:
    """Move the case out of the queue; its post is kept exactly as long as the case."""
    settings = get_settings()
    post = session.get_one(Post, case.post_id)
    days = settings.escalated_days
    if verdict is Verdict.DISMISS:
        days = 0 if post.deleted_at else settings.dismissed_days  # nobody needs what is gone elsewhere, too
    case.state = _STATES[verdict].value
    case.closed_at = datetime.now(UTC)
    case.purge_by = case.closed_at + timedelta(days=days)
    post.expires_at = case.purge_by


def _taken(session: Session, case: Case) -> str:
    decisions = [
        f"{past.analyst} at {past.decided_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {past.reason}"
        for past in history(session, case.id)
    ]
    return f"Case {case.id} was {case.state} already, by {'; '.join(decisions)}. Nothing was changed."


def _past(review: Review, name: str) -> Past:
    verdict = Verdict(review.decision)
    reason = REASONS[verdict].get(review.reason_code, review.reason_code)
    return Past(_STATES[verdict], reason, review.note, name, review.decided_at)
