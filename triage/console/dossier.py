"""All that one case's page shows, read at once."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from triage import cases, policy, reviews
from triage.console import gauges
from triage.console.gauges import Gauge
from triage.models import Case, Media, Post, PostMedia
from triage.reviews import Past


@dataclass(frozen=True)
class Picture:
    """One picture of the post and what was said about it; `media` is None where its bytes were kept out."""

    place: PostMedia
    media: Media | None
    gauges: list[Gauge]

    @property
    def has_map(self) -> bool:
        """Whether a model says where in the picture."""
        return any(gauge.sighting.map for gauge in self.gauges)


@dataclass(frozen=True)
class Dossier:
    """One case with its post, scores and history."""

    case: Case
    post: Post
    rule: str
    pictures: list[Picture]
    caption_gauges: list[Gauge]
    history: list[Past]


def read(session: Session, case_id: int) -> Dossier:
    """Read a case for its page.

    Raises:
        ReviewError: there is no such case.

    """
    case = session.get(Case, case_id, options=[joinedload(Case.post)])
    if case is None:
        raise cases.no_case(case_id)
    shown = gauges_of(session, case.post_id)
    return Dossier(
        case=case,
        post=case.post,
        rule=policy.current().title(case.rule),
        pictures=_pictures(session, case.post_id, shown),
        caption_gauges=[gauge for gauge in shown if gauge.media_sha256 is None],
        history=reviews.history(session, case_id),
    )


def gauges_of(session: Session, post_id: int) -> list[Gauge]:
    """Return what the newest scores say about a post and its pictures."""
    return gauges.latest(cases.scores_of(session, [post_id]).get(post_id, []))


def _pictures(session: Session, post_id: int, shown: list[Gauge]) -> list[Picture]:
    rows = session.execute(
        select(PostMedia, Media)
        .outerjoin(Media, Media.sha256 == PostMedia.sha256)
        .where(PostMedia.post_id == post_id)
        .order_by(PostMedia.position)
    )
    return [
        Picture(place, media, [g for g in shown if media and g.media_sha256 == media.sha256])
        for place, media in rows
    ]
