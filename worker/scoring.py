"""One message of post ids in, scores out: which scorers for which items, and poisonous posts alone."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from triage import attempts, images, known_scores, media, pdq, readings
from triage.contracts import PendingPost, Score
from triage.db import session_scope
from triage.errors import InputError
from triage.known_scores import Known
from triage.pdq import Fingerprint
from triage.queue import batched
from triage.scores import ScoredPost
from triage.settings import get_settings
from triage.wording import PictureText
from worker import readers, reading, scorers
from worker.legible import looks_like_text
from worker.scorers.base import Item, Scorer
from worker.scorers.batch import attempt

Owners = dict[str, list[int]]
"""An item (a caption, a picture's sha256) to the posts of the batch that hold it; each is scored once."""
NOTHING: Known = {}


def batches(post_ids: Sequence[int], by: str) -> Iterator[list[PendingPost]]:
    """Yield those posts of a message that still wait: fresh ones together, suspects one by one.

    A suspect's last attempt never came to an end, so its worker died, and one post of that batch may be the
    cause. Tried and committed alone, it cannot take its neighbours with it again, and is set aside at last.
    `by` names the delivery of the message; see `attempts.take`.
    """
    with session_scope() as session:
        fresh = attempts.take(session, post_ids, by)
        suspects = attempts.suspects(session, post_ids, by) if len(fresh) < len(post_ids) else []
    if fresh:
        yield fresh
    for post_id in suspects:
        with session_scope() as session:
            alone = attempts.take_suspect(session, post_id, by)
        if alone:
            yield [alone]


def score(batch: Sequence[PendingPost]) -> list[ScoredPost]:
    """Run every configured scorer over the items of its kind. One bad item never fails its neighbours.

    A picture that the same version of a scorer has scored in another post is not scored again. Pictures that
    look like text are noted, to be read in their own time; the words of those that were read are scored now.
    """
    found: list[list[Score]] = [[] for _ in batch]
    active = [scorers.load(name) for name in get_settings().scorers]
    texts, sights = ([scorer for scorer in active if scorer.kind == kind] for kind in ("text", "image"))
    shown = _pictures(batch)
    known = _known(shown, sights)
    look = Look(shown)
    for _caption, at, result in _run(texts, _captions(batch), str):
        found[at].append(result)
    for sha256, at, result in _run(texts, look.known, lambda sha256: look.read[sha256].text):
        if result.error is None:
            found[at].append(reading.with_source(result, look.read[sha256], sha256))
    for sha256, at, result in _run(sights, shown, look.load, known):
        found[at].append(result.model_copy(update={"media_sha256": sha256}))
    look.at_the_others()
    return [
        ScoredPost(
            post,
            tuple(found[at]),
            unread=tuple(sha256 for sha256 in look.legible if at in shown[sha256]),
            fingerprints={key: taken for key, taken in look.fingerprints.items() if at in shown[key]},
        )
        for at, post in enumerate(batch)
    ]


class Look:
    """Loads a batch's pictures, and notes what else is wanted of them, as they are in memory just then."""

    def __init__(self, shown: Owners) -> None:
        self._unseen = dict.fromkeys(shown)
        self._wanted = readings.switched_on()
        self.read = _read_already(shown) if self._wanted and shown else {}
        """What was read in pictures before, by sha256."""
        self.known: Owners = {sha256: shown[sha256] for sha256, text in self.read.items() if text.has_words}
        """Those with words to score, and their posts."""
        self.legible: list[str] = []
        """Pictures that look like text and are not among them."""
        self.fingerprints: dict[str, Fingerprint] = {}
        """What the pictures look like, by sha256; none of those that cannot be decoded."""

    def load(self, sha256: str) -> Item | InputError:
        """Decode a picture, or return the error in its place."""
        self._unseen.pop(sha256, None)
        picture = attempt(lambda: images.decode(media.open_store().read(sha256)))
        if isinstance(picture, np.ndarray):
            self.fingerprints[sha256] = pdq.fingerprint(picture)
            if self._wanted and sha256 not in self.read and looks_like_text(picture):
                self.legible.append(sha256)
        return picture

    def at_the_others(self) -> None:
        """Look at the pictures that nobody had to score, if only to see whether they are to be read."""
        for sha256 in [sha256 for sha256 in self._unseen if self._wanted and sha256 not in self.read]:
            self.load(sha256)


def _read_already(pictures: Owners) -> dict[str, PictureText]:
    with session_scope() as session:
        return readings.known(session, pictures, readers.version())


def _known(pictures: Owners, active: Sequence[Scorer]) -> Known:
    if not pictures:
        return {}
    with session_scope() as session:
        return known_scores.of_pictures(session, pictures, [(each.name, each.version) for each in active])


def _run(
    active: Sequence[Scorer],
    owners: Owners,
    load: Callable[[str], Item | InputError],
    known: Known = NOTHING,
) -> Iterator[tuple[str, int, Score]]:
    """Yield each item, a post that holds it, and its score; few items are in memory at a time.

    Items are loaded only for the scorers whose score of them is not known.
    """
    for chunk in batched(owners, get_settings().batch_size):
        new = {scorer.name: [key for key in chunk if (scorer.name, key) not in known] for scorer in active}
        items = {key: load(key) for key in chunk if any(key in keys for keys in new.values())}
        for scorer in active:
            asked = new[scorer.name]
            results = dict(zip(asked, scorer.score([items[key] for key in asked]), strict=True))
            for key in chunk:
                for at in owners[key]:
                    yield key, at, results.get(key) or known[scorer.name, key]


def _captions(batch: Sequence[PendingPost]) -> Owners:
    owners: Owners = {}
    for at, post in enumerate(batch):
        if post.caption.strip():
            owners.setdefault(post.caption, []).append(at)
    return owners


def _pictures(batch: Sequence[PendingPost]) -> Owners:
    owners: Owners = {}
    for at, post in enumerate(batch):
        for sha256 in {item.sha256 for item in post.media if item.sha256}:
            owners.setdefault(sha256, []).append(at)
    return owners
