"""A case's pictures: blurred for everyone who reads the case, sharp for who asks, and that is recorded."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from triage import audit
from triage.console import dossier, imaging
from triage.console.case import CaseId
from triage.console.guard import LoggedIn
from triage.contracts import Level
from triage.db import session_scope
from triage.media import open_store
from triage.models import Case, PostMedia

router = APIRouter(prefix="/cases/{case_id}/pictures/{sha256}")
FAINTEST = 0.1
"""Lowest probability shown in a map whose score names no thresholds."""
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@router.get("/blurred")
def blurred(_login: LoggedIn, case_id: CaseId, sha256: Sha256) -> Response:
    """Send a few pixels of a picture; the browser cannot make a picture of them."""
    with session_scope() as session:
        _check(session, case_id, sha256)
    return Response(imaging.blurred(open_store().read(sha256)), media_type="image/jpeg")


@router.get("")
def sharp(login: LoggedIn, case_id: CaseId, sha256: Sha256) -> Response:
    """Send a picture, newly encoded. The only way to its pixels, so each look is recorded here."""
    with session_scope() as session:
        _check(session, case_id, sha256)
        detail = {"picture": sha256}
        audit.record(session, login.analyst.name, audit.Deed.PICTURE_OPENED, f"case:{case_id}", detail)
    return Response(imaging.sharp(open_store().read(sha256)), media_type="image/jpeg")


@router.get("/where")
def where(_login: LoggedIn, case_id: CaseId, sha256: Sha256) -> Response:
    """Send where the model saw a gun, to be laid over the picture. It holds none of the picture: no look."""
    with session_scope() as session:
        found = dossier.gauges_of(session, _check(session, case_id, sha256))
    gauge = next((at for at in found if at.media_sha256 == sha256 and at.sighting.map), None)
    if gauge is None:
        raise HTTPException(404)
    floor = gauge.thresholds.get(Level.UNSURE, FAINTEST)
    return Response(imaging.where(open_store().read(sha256), gauge.sighting, floor), media_type="image/png")


@router.get("/words")
def words(_login: LoggedIn, case_id: CaseId, sha256: Sha256) -> Response:
    """Send numbered frames about the lines of text in a picture, to be laid over it: no look, as above."""
    with session_scope() as session:
        post_id = _check(session, case_id, sha256)
        shown = dossier.pictures_of(session, post_id, dossier.gauges_of(session, post_id))
    lines = next(picture.places for picture in shown if picture.place.sha256 == sha256)
    if not lines:
        raise HTTPException(404)
    boxes = [line.box for line in lines]
    return Response(imaging.frames(open_store().read(sha256), boxes), media_type="image/png")


def _check(session: Session, case_id: int, sha256: str) -> int:
    """Refuse a picture that is not part of the case; return the id of the post that holds it."""
    holding = select(PostMedia.post_id).join(Case, Case.post_id == PostMedia.post_id)
    post_id = session.scalar(holding.where(Case.id == case_id, PostMedia.sha256 == sha256).limit(1))
    if post_id is None:
        raise HTTPException(404)
    return post_id
