"""What an adapter found, made ready to store: pictures kept, authors replaced by pseudonyms."""

from dataclasses import dataclass, field

from ingest.adapter import FoundMedia, FoundPost, Page, Rejected
from ingest.media import keep
from triage.contracts import Media, Post
from triage.media import MediaStore
from triage.pseudonyms import author_ref


@dataclass(slots=True)
class Prepared:
    """A page ready to store, and warnings about the pictures that could not be."""

    posts: list[Post] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def prepare(page: Page, store: MediaStore) -> Prepared:
    """Keep the pictures of a page in the store.

    A picture that cannot be kept does not cost its post: the caption is scored. A post left with neither
    a caption nor a picture is rejected instead, so that it can be stored once its picture is mended.
    """
    prepared = Prepared(rejected=list(page.rejected))
    for found in page.posts:
        media = [keep(one, store) for one in found.media]
        problems = [_problem(one, kept) for one, kept in zip(found.media, media, strict=True) if kept.problem]
        if not found.fields.text.strip() and len(problems) == len(media):
            reason = "it has no caption and no usable picture: " + "; ".join(problems)
            prepared.rejected.append(Rejected(found.where, reason, found.raw))
            continue
        prepared.warnings += [f"{found.where}: {problem}" for problem in problems]
        prepared.posts.append(_post(found, media))
    return prepared


def _problem(found: FoundMedia, kept: Media) -> str:
    return f"picture {found.name[:200]!r}: {kept.problem}"


def _post(found: FoundPost, media: list[Media]) -> Post:
    fields = found.fields
    return Post(
        source=fields.source,
        external_id=fields.id,
        caption=fields.text,
        language=fields.lang,
        url=fields.url,
        posted_at=fields.posted_at,
        author_ref=author_ref(fields.source, fields.author) if fields.author else None,
        media=tuple(media),
    )
