"""What an adapter found, made ready to store: pictures kept, authors as pseudonyms, deletions apart."""

from dataclasses import dataclass, field
from itertools import islice
from threading import Event

from ingest.adapter import FoundMedia, FoundPost, Page, Rejected
from ingest.media import keep_all
from triage.contracts import Media, Post
from triage.media import MediaStore
from triage.pseudonyms import author_ref, masked


@dataclass(slots=True)
class Prepared:
    """A page ready to store, and warnings about the pictures that could not be."""

    posts: list[Post] = field(default_factory=list)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    """Source and id of the posts that are gone where they came from."""
    accounts: list[str] = field(default_factory=list)
    """Pseudonyms of authors whose accounts are gone with all their posts."""
    handles: dict[str, str] = field(default_factory=dict, repr=False)
    """Authors by pseudonym, in memory only: they are stored sealed."""
    rejected: list[Rejected] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def prepare(page: Page, store: MediaStore, owner: str | None = None, stop: Event | None = None) -> Prepared:
    """Keep the pictures of a page in the store.

    A picture that cannot be kept does not cost its post: the caption is scored. A post left with neither
    a caption nor a picture is rejected instead, so that it can be stored once its picture is mended; where
    the picture is fetched again later, it is stored.

    Args:
        page: of an adapter.
        store: of the pictures.
        owner: the only source whose posts are taken; None for a file somebody has in hand.
        stop: once set, no picture is waited for.

    Raises:
        Stopped: `stop` was set while pictures were read; nothing of the page is to be stored.
    """
    gone = [author_ref(one.source, one.author) for one in page.gone if owner in (None, one.source)]
    prepared = Prepared(rejected=list(page.rejected), accounts=gone)
    posts = [found for found in page.posts if _is_post(found, owner, prepared)]
    kept = iter(keep_all([one for found in posts for one in found.media], store, stop))
    for found in posts:
        media = list(islice(kept, len(found.media)))
        problems = [_problem(one, kept) for one, kept in zip(found.media, media, strict=True) if kept.problem]
        lost = len(problems) == len(media) and not any(one.later for one in media)
        if not found.fields.text.strip() and lost:
            reason = "it has no caption and no usable picture: " + "; ".join(problems)
            prepared.rejected.append(Rejected(found.where, reason, found.raw))
            continue
        prepared.warnings += [f"{found.where}: {problem}" for problem in problems]
        post = _post(found, media)
        prepared.posts.append(post)
        if post.author_ref and found.fields.author:
            prepared.handles[post.author_ref] = found.fields.author
    return prepared


def _is_post(found: FoundPost, owner: str | None, prepared: Prepared) -> bool:
    """Return whether something found may be stored as a post; what may not is put where it belongs."""
    if owner not in (None, found.fields.source):
        reason = f"it names another source than {owner}, which is read"
        prepared.rejected.append(Rejected(found.where, reason, found.raw))
        return False
    if found.fields.deleted:
        prepared.deleted.append((found.fields.source, found.fields.id))
    return not found.fields.deleted


def _problem(found: FoundMedia, kept: Media) -> str:
    return f"picture {found.name[:200]!r}: {kept.problem}"


def _post(found: FoundPost, media: list[Media]) -> Post:
    fields = found.fields
    url, author = fields.url, fields.author
    return Post(
        source=fields.source,
        external_id=fields.id,
        caption=fields.text,
        language=fields.lang,
        url=masked(url, fields.source, author) if url and author else url,
        posted_at=fields.posted_at,
        edited_at=fields.edited_at,
        author_ref=author_ref(fields.source, author) if author else None,
        media=tuple(media),
    )
