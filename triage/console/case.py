"""One case: what was posted, what the scorers said, why it is here, and the decision."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from triage import audit, reviews
from triage.console import dossier
from triage.console.guard import LoggedIn
from triage.console.pages import render
from triage.db import session_scope
from triage.errors import InputError
from triage.identity import Login
from triage.reviews import REASONS, Verdict

router = APIRouter(prefix="/cases/{case_id}")
CaseId = Annotated[int, Path(ge=1, lt=2**63)]
Words = Annotated[str, Form()]


@dataclass(frozen=True)
class Draft:
    """A decision that was refused, to fill the form again: nobody types a note twice."""

    verdict: Verdict
    reason: str
    note: str
    problem: str


@router.get("")
def case_page(
    request: Request, login: LoggedIn, case_id: CaseId, opened: Annotated[list[str] | None, Query()] = None
) -> Response:
    """Show a case. Its pictures are blurred, except those whose sha256 is in `opened`."""
    return _page(request, login, case_id, opened=opened or [])


@router.post("/decision")
def decide(
    request: Request,
    login: LoggedIn,
    case_id: CaseId,
    verdict: Annotated[Verdict, Form()],
    reason: Words = "",
    note: Words = "",
) -> Response:
    """Close a case and go back to the queue; a decision without its reason comes back to be completed."""
    try:
        with session_scope() as session:
            reviews.decide(session, case_id, login.analyst, verdict, reason, note)
    except InputError as error:
        return _page(request, login, case_id, 422, draft=Draft(verdict, reason, note, str(error)))
    return RedirectResponse(f"/?decided={case_id}", 303)


def _page(
    request: Request,
    login: Login,
    case_id: int,
    status: int = 200,
    opened: list[str] | None = None,
    draft: Draft | None = None,
) -> Response:
    with session_scope() as session:
        shown = dossier.read(session, case_id)
        audit.record(session, login.analyst.name, audit.Deed.CASE_VIEWED, f"case:{case_id}")
    return render(
        request, "case.html", status, dossier=shown, opened=opened or [], draft=draft, reasons=REASONS
    )
