"""A tip-line's mailbox on its IMAP server. See docs/sources/imap.md."""

from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

from pydantic import Field

from ingest.adapter import PAGE_POSTS, Checkpoint, FoundPost, Page, Rejected
from ingest.adapters.items import Items
from ingest.adapters.mail import TOO_LONG
from ingest.http.imap import LIMITS, Account
from ingest.http.limits import Limits
from ingest.http.mailbox import Mailbox, opened
from ingest.http.wire import trusting
from ingest.lines import KEPT
from ingest.mail import MAX_MAIL_BYTES, read_mail
from ingest.secret import SecretPlace
from triage.contracts import Contract
from triage.errors import PostRejected

PAGE_SECONDS = 60.0
"""A page ends early once it took so long, so that what a slow server gave is stored."""
Line = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Options(Contract):
    """What a source of this kind may say."""

    host: Line
    """The mail server, such as `imap.example.org`; it may stand inside."""
    port: Annotated[int, Field(gt=0, lt=65536)] = 993
    user: Line
    password: SecretPlace
    folder: Line = "INBOX"
    ca: Path | None = None
    """File of the certificates that vouch for the server; by default the system's authorities."""

    def account(self, limits: Limits = LIMITS) -> Account:
        """Return the account that is meant.

        Raises:
            ValueError: the password or the certificates cannot be read.
        """
        try:
            context = trusting(str(self.ca) if self.ca else None)
        except OSError as error:  # SSLError is one, too
            raise ValueError(f"ca: {self.ca} is no file of certificates") from error
        return Account(self.host, self.port, self.user, self.password.text(), context, limits)


class ImapMailbox:
    """Reads the mails of one folder in the order in which they came."""

    def __init__(self, source: str, folder: str, account: Account, page_posts: int = PAGE_POSTS) -> None:
        """Read a folder; its posts are of `source`; a page holds `page_posts` items at most."""
        self.source, self.page_posts = source, page_posts
        self._folder, self._account = folder, account

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`. The checkpoint: the last uid, and the UIDVALIDITY it belongs to.

        Each page has a connection of its own, so that one that broke off is never gone on with.

        Raises:
            FetchFailed: the server cannot be reached, refuses or falls silent.
        """
        with opened(self._account, self._folder) as box:
            after = checkpoint.get("uid", 0) if checkpoint.get("validity") == box.validity else 0
            begin = box.until(after)
            last = min(box.count, begin + self.page_posts)
            items, end, stop = Items(self.page_posts), begin, monotonic() + PAGE_SECONDS
            for uid, size in box.sizes(begin + 1, last) if begin < last else ():
                if item := self._item(box, uid, size):
                    items.add(item)
                after, end = uid, end + 1
                if items.full or monotonic() > stop:
                    break
        return Page(
            tuple(items.posts),
            tuple(items.rejected),
            {"validity": box.validity, "uid": after},
            done=end == box.count,
            fraction=end / max(box.count, 1) if box.count else 1.0,
            notices=self._notices(checkpoint, box),
            live=True,
        )

    def _item(self, box: Mailbox, uid: int, size: int) -> FoundPost | Rejected | None:
        where = f"{self._account.name}/{self._folder};UIDVALIDITY={box.validity}/;UID={uid}"
        if size > MAX_MAIL_BYTES:
            return Rejected(where, TOO_LONG)
        raw = b""
        try:
            if (found := box.mail(uid, MAX_MAIL_BYTES + 1)) is None:
                return None
            raw = found
            fields, media = read_mail(raw, self.source)
        except PostRejected as error:
            return Rejected(where, str(error), raw[:KEPT])
        return FoundPost(where, raw, fields, media)

    def _notices(self, checkpoint: Checkpoint, box: Mailbox) -> tuple[str, ...]:
        before = checkpoint.get("validity")
        if before is None or before == box.validity:
            return ()
        place = f"{self._account.name}/{self._folder}"
        return (
            f"{place}: the mail server counts its mails anew, so all are read again; known ones count once.",
        )


def from_options(source: str, options: Mapping[str, Any]) -> ImapMailbox:
    """Return the adapter of a configured source.

    Raises:
        ValueError: an option cannot be used.
    """
    chosen = Options.model_validate(options)
    return ImapMailbox(source, chosen.folder, chosen.account())
