"""A tip-line on this machine: its mails, and readers of its mailbox."""

import re
from email.message import EmailMessage
from typing import Any

from ingest.adapter import Page
from ingest.adapters.imap import ImapMailbox, Options
from ingest.http.limits import Limits
from ingest.mail import read_mail
from tests.ingest.adapter_contract import items
from tests.ingest.imap_server import USER, MailServer
from tests.ingest.keys import Keys

HOST = "localhost"
VARIABLE = "TIPS_PASSWORD"
LIMITS = Limits(connect_seconds=5, idle_seconds=5, total_seconds=10)


def letter(number: int, text: str = "somebody said something") -> bytes:
    sent = EmailMessage()
    sent["Message-ID"] = f"<{number}@example.org>"
    sent["From"] = "jane@example.org"
    sent["Subject"] = "a tip"
    sent.set_content(text)
    return sent.as_bytes()


def known_as(raw: bytes) -> str:
    return read_mail(raw, "tips")[0].id


def letters(*uids: int) -> dict[int, bytes]:
    return {uid: letter(uid) for uid in uids}


def reader(
    server: MailServer, keys: Keys, page_posts: int = 256, limits: Limits = LIMITS, **options: Any
) -> ImapMailbox:
    given = {
        "host": HOST,
        "port": server.port,
        "user": USER,
        "password": {"env": VARIABLE},
        "ca": keys.authority,
    }
    chosen = Options.model_validate(given | options)
    return ImapMailbox("tips", chosen.folder, chosen.account(limits), page_posts)


def ids(*read: Page) -> list[str]:
    return [re.split("[@#]", post.fields.id)[0] for post in items(list(read))[0]]
