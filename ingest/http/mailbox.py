"""A mailbox on an IMAP server: looked at over TLS, never changed.

The server is named by whoever configures the source and may well stand inside, so its address is not judged
as strangers' addresses are. Its certificate is verified, and each of its answers is bounded in time and size.
"""

import re
import ssl
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from imaplib import IMAP4
from typing import Any

from ingest.http.imap import ANSWER_BYTES, NOT_NOW, Account, Connection, folder_name
from triage.errors import FetchError, FetchFailed, PostRejected

UID, SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")


@contextmanager
def opened(account: Account, folder: str) -> Iterator["Mailbox"]:
    """Log in and open a mailbox for reading; what goes wrong then or within is an error of ours.

    Raises:
        FetchFailed: the server cannot be reached, refuses, falls silent, or answers what is no IMAP.
    """
    name = account.name
    try:
        connection = Connection(account)
        try:
            connection.log_in()
            yield Mailbox(connection, name, folder)
        except BaseException:
            connection.hang_up()
            raise
        connection.leave()
    except FetchError:
        raise
    except TimeoutError as error:
        raise FetchFailed(f"{name}: the mail server fell silent; try again later") from error
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason or "TLS failed"
        raise FetchFailed(f"{name}: no safe connection ({why}); check `host`, `port` and `ca`") from error
    except (IMAP4.error, OSError, ValueError) as error:
        raise FetchFailed(f"{name}: the mail server broke off, or speaks no IMAP; try again later") from error


class Mailbox:
    """An open mailbox. Its mails are numbered from 1, and their uids grow with the numbers."""

    def __init__(self, connection: Connection, name: str, folder: str) -> None:
        """Open a folder by EXAMINE, which changes nothing."""
        self._imap, self._name = connection, name
        connection.allow(ANSWER_BYTES)
        said, count = connection.select(folder_name(folder), readonly=True)
        if said != "OK":
            raise FetchFailed(f"{name}: the mail server does not open the folder {folder!r}; check `folder`")
        self.count = int(count[0] or 0)
        """How many mails there are."""
        self.validity = self._validity()
        """Changes once uids stand for other mails."""

    def until(self, uid: int) -> int:
        """Return how many mails have this uid or a smaller one."""
        if not uid or not self.count:
            return 0
        if self._uid(self.count) <= uid:
            return self.count
        return bisect_right(range(1, self.count), uid, key=self._uid)

    def sizes(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return uid and size of the mails from one number to another.

        Raises:
            FetchFailed: the server does not say.
        """
        told = [(UID.search(line), SIZE.search(line)) for line in self._lines(first, last, "UID RFC822.SIZE")]
        found = sorted((int(uid[1]), int(size[1])) for uid, size in told if uid and size)
        if len(found) != last - first + 1:
            raise FetchFailed(f"{self._name}: the mail server does not list all its mails; try again later")
        return found

    def mail(self, uid: int, limit: int) -> bytes | None:
        """Return a mail, of a longer one its first `limit` bytes; None where it is gone by now.

        Raises:
            FetchFailed: the server hands out nothing now.
            PostRejected: it does not hand out this mail.
        """
        self._imap.allow(limit)
        said, found = self._imap.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{limit}>)")
        if said == "OK":
            pieces = [one[1] for one in found if isinstance(one, tuple)]
            return pieces[0] if pieces else None if found == [None] else b""
        if any(code in str(found) for code in NOT_NOW):
            raise FetchFailed(f"{self._name}: the mail server hands out no mails now; try again later")
        raise PostRejected(
            "the mail server does not hand this mail out; save it as .eml and `flagpost run` it"
        )

    def _validity(self) -> int:
        _, found = self._imap.response("UIDVALIDITY")
        if not found or not found[0]:
            raise FetchFailed(
                f"{self._name}: the mail server gives no UIDVALIDITY: no mail can be found again"
            )
        return int(found[0])

    def _uid(self, number: int) -> int:
        for line in self._lines(number, number, "UID"):
            if found := UID.search(line):
                return int(found[1])
        raise FetchFailed(f"{self._name}: the mail server gives a mail no uid; try again later")

    def _lines(self, first: int, last: int, what: str) -> list[bytes]:
        self._imap.allow(ANSWER_BYTES)
        said, found = self._imap.fetch(f"{first}:{last}", f"({what})")
        if said != "OK":
            raise FetchFailed(f"{self._name}: the mail server does not list its mails; try again later")
        lines: list[Any] = found
        return [line for line in lines if isinstance(line, bytes)]
