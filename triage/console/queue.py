"""The queue: which cases wait, most urgent first."""

from dataclasses import dataclass
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from triage import cases, policy
from triage.console import gauges
from triage.console.gauges import Gauge
from triage.console.guard import LoggedIn
from triage.console.pages import render
from triage.db import session_scope
from triage.models import Case, CaseState

router = APIRouter()
PAGE = 25
"""Cases on one page."""
LAST_PAGE = 10_000


@dataclass(frozen=True)
class Line:
    """One case in the table."""

    case: Case
    rule: str
    picture: Gauge | None
    text: Gauge | None


@router.get("/")
def queue(
    request: Request,
    _login: LoggedIn,
    state: CaseState = CaseState.OPEN,
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
    decided: int | None = None,
) -> Response:
    """Show one page of the cases in a state; `decided` names the case that was just closed."""
    with session_scope() as session:
        counts = _counts(session)
        lines = _lines(session, state, page)
    pages = max(1, ceil(counts[state] / PAGE))
    return render(
        request,
        "queue.html",
        state=state,
        page=page,
        pages=pages,
        counts=counts,
        lines=lines,
        decided=decided,
    )


def _counts(session: Session) -> dict[CaseState, int]:
    found: dict[str, int] = dict(session.execute(select(Case.state, func.count()).group_by(Case.state)).all())
    return {state: found.get(state, 0) for state in CaseState}


def _lines(session: Session, state: CaseState, page: int) -> list[Line]:
    chosen = cases.queue(session, state, limit=PAGE, offset=(page - 1) * PAGE)
    scores = cases.scores_of(session, [case.post_id for case in chosen])
    title = policy.current().title
    return [_line(case, title(case.rule), gauges.latest(scores.get(case.post_id, []))) for case in chosen]


def _line(case: Case, rule: str, shown: list[Gauge]) -> Line:
    return Line(case, rule, gauges.highest(shown, of_text=False), gauges.highest(shown, of_text=True))
