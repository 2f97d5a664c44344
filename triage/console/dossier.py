"""All that one case's page shows, read at once."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from triage import cases, near_copies, policy, post_readings, reviews, revisions, wording
from triage.console import gauges
from triage.console.gauges import Gauge
from triage.models import Case, Media, Post, PostMedia, Reading
from triage.near_copies import Elsewhere
from triage.reviews import Past
from triage.wording import Line, PictureText, Run, Wording


@dataclass(frozen=True)
class Picture:
    """One picture of the post and what was said about it; `media` is None where its bytes were kept out."""

    place: PostMedia
    media: Media | None
    gauges: list[Gauge]
    reading: Reading | None
    """Of its words; None where it does not look like text, or nobody reads pictures."""

    @property
    def has_map(self) -> bool:
        """Whether a model says where in the picture."""
        return any(gauge.sighting.map for gauge in self.gauges)

    @property
    def lines(self) -> list[list[Run]]:
        """The lines of text in it, each in runs, with the words marked that carry its score."""
        found = self._wording()
        return wording.marked_lines(found.picture_text, found.words) if found.picture_text else []

    @property
    def places(self) -> tuple[Line, ...]:
        """The same lines, with their places."""
        found = self._wording().picture_text
        return found.lines if found else ()

    def _wording(self) -> Wording:
        """Return what a score says of the words, for its places are in that text; unscored, the reading."""
        said = next((gauge.wording for gauge in self.gauges if gauge.wording.picture_text), None)
        found = self.reading.found if self.reading else None
        return said or Wording(picture_text=PictureText.model_validate(found) if found else None)


@dataclass(frozen=True)
class Revision:
    """What the post said once, or says now, and the case of that, where it has one."""

    post: Post
    case_id: int | None


@dataclass(frozen=True)
class Dossier:
    """One case with its post, scores and history."""

    case: Case
    post: Post
    rule: str
    pictures: list[Picture]
    caption_gauges: list[Gauge]
    history: list[Past]
    revisions: list[Revision]
    """All revisions of the post that are stored, where there are others than this one."""
    elsewhere: dict[str, Elsewhere]
    """Other posts with its pictures, by sha256."""

    @property
    def caption(self) -> list[Run]:
        """The caption in runs, with the words marked that carry its score."""
        words = next((gauge.wording.words for gauge in self.caption_gauges if gauge.wording.words), ())
        return wording.marked(self.post.caption, words)


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
        pictures=pictures_of(session, case.post_id, shown),
        caption_gauges=[gauge for gauge in shown if gauge.media_sha256 is None],
        history=reviews.history(session, case_id),
        revisions=_revisions(session, case.post),
        elsewhere=near_copies.of_post(session, case.post),
    )


def _revisions(session: Session, post: Post) -> list[Revision]:
    found = revisions.of(session, post)
    cases_of = dict(
        session.execute(
            select(Case.post_id, Case.id).where(Case.post_id.in_([one.id for one in found]))
        ).all()
    )
    return [Revision(one, cases_of.get(one.id)) for one in found] if len(found) > 1 else []


def gauges_of(session: Session, post_id: int) -> list[Gauge]:
    """Return what the newest scores say about a post and its pictures."""
    return gauges.latest(cases.scores_of(session, [post_id]).get(post_id, []))


def pictures_of(session: Session, post_id: int, shown: list[Gauge]) -> list[Picture]:
    """Return a post's pictures in their order, each with its gauges and its reading."""
    readings = post_readings.of_post(session, post_id)
    rows = session.execute(
        select(PostMedia, Media)
        .outerjoin(Media, Media.sha256 == PostMedia.sha256)
        .where(PostMedia.post_id == post_id)
        .order_by(PostMedia.position)
    )
    return [
        Picture(
            place,
            media,
            [gauge for gauge in shown if media and gauge.media_sha256 == media.sha256],
            readings.get(media.sha256) if media else None,
        )
        for place, media in rows
    ]
