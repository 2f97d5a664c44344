"""A tip-line's mailbox, against a server on this machine that speaks IMAP over TLS."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingest.adapters.imap import ImapMailbox, Options, from_options
from ingest.run import pump
from ingest.sources import Source
from tests.ingest.adapter_contract import AdapterContract, pages
from tests.ingest.imap_server import PASSWORD, MailServer
from tests.ingest.keys import Keys, make
from tests.ingest.tips import HOST, VARIABLE, ids, known_as, letter, letters, reader
from tests.ingest.web import picture
from triage import models
from triage.db import session_scope
from triage.errors import ConfigurationError, FetchFailed


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make(tmp_path_factory.mktemp("keys"), HOST)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


class TestImapContract(AdapterContract):
    ids = tuple(known_as(letter(number)) for number in (3, 4, 7, 70, 71, 900))
    rejected = 1

    @pytest.fixture(autouse=True)
    def _server(self, keys: Keys) -> Iterator[None]:
        mails = letters(3, 4, 7, 70, 71, 900) | {72: b"\r\nno headers\r\n"}
        self.keys = keys
        with MailServer(mails).serving(keys.server()) as self.server:
            yield

    def adapter(self, _folder: Path, page_posts: int) -> ImapMailbox:
        return reader(self.server, self.keys, page_posts)


def test_a_mail_becomes_a_post_and_its_place_finds_it_again(keys: Keys) -> None:
    with MailServer(letters(7), validity=99).serving(keys.server()) as server:
        (post,) = reader(server, keys).fetch({}).posts
    assert (post.fields.text, post.fields.author) == ("a tip\n\nsomebody said something", "jane@example.org")
    assert post.where == f"{HOST}:{server.port}/INBOX;UIDVALIDITY=99/;UID=7"
    assert post.raw == letter(7)


def test_the_mailbox_is_only_looked_at(keys: Keys) -> None:
    with MailServer(letters(1, 2)).serving(keys.server()) as server:
        pages(reader(server, keys))
    names = {command.split(" ")[0] for command in server.commands}
    assert names == {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "FETCH", "UID", "LOGOUT"}
    assert all("BODY[" not in command for command in server.commands)


def test_the_next_reading_goes_on_where_this_one_ended(keys: Keys) -> None:
    with MailServer(letters(1, 5)).serving(keys.server()) as server:
        first = reader(server, keys).fetch({})
        assert (ids(first), first.live, first.checkpoint) == (["1", "5"], True, {"validity": 1, "uid": 5})
        assert reader(server, keys).fetch(first.checkpoint).posts == ()
        server.mails |= letters(9)
        del server.mails[5]
        assert ids(reader(server, keys).fetch(first.checkpoint)) == ["9"]


def test_an_empty_mailbox_is_read_to_its_end(keys: Keys) -> None:
    with MailServer({}).serving(keys.server()) as server:
        page = reader(server, keys).fetch({})
    assert (page.posts, page.done, page.fraction) == ((), True, 1.0)


@pytest.mark.usefixtures("database")
def test_a_changed_uidvalidity_begins_anew_and_doubles_nothing(keys: Keys) -> None:
    with MailServer(letters(1, 2)).serving(keys.server()) as server:
        assert pump(reader(server, keys), "tips").stored == 2
        server.mails, server.validity = {1: letter(2), 2: letter(3)}, 2
        told: list[str] = []
        again = pump(reader(server, keys), "tips", lambda progress: told.extend(progress.messages))
    assert (again.posts, again.stored, again.duplicates) == (2, 1, 1)
    assert any("counts its mails anew" in one for one in told)


@pytest.mark.usefixtures("database")
def test_a_connection_that_breaks_off_costs_nothing_and_doubles_nothing(keys: Keys) -> None:
    answers = iter([None] * 3 + [b"* BYE going down\r\n"])

    def breaks(command: str) -> bytes | None:
        return next(answers, None) if command.startswith("UID FETCH") else None

    with MailServer(letters(*range(1, 7)), fault=breaks).serving(keys.server()) as server:
        with pytest.raises(FetchFailed, match="broke off"):
            pump(reader(server, keys, page_posts=2), "tips")
        summary = pump(reader(server, keys, page_posts=2), "tips")
    assert (summary.posts, summary.stored, summary.duplicates) == (4, 4, 0)


def test_a_mail_that_is_too_long_is_named_without_being_loaded(keys: Keys) -> None:
    mails = letters(1, 3) | {2: b"x" * 10}
    with MailServer(mails, sizes={2: 65 * 2**20}).serving(keys.server()) as server:
        page = reader(server, keys).fetch({})
    assert ids(page) == ["1", "3"]
    assert [(one.where[-6:], one.reason) for one in page.rejected] == [
        (";UID=2", "the mail is longer than 67108864 bytes")
    ]
    assert not any(command.startswith("UID FETCH 2 ") for command in server.commands)


def test_a_mail_longer_than_the_server_says_is_cut_off_and_rejected(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ingest.adapters.imap", "ingest.mail"):
        monkeypatch.setattr(f"{module}.MAX_MAIL_BYTES", 1000)
    mails = letters(1, 3) | {2: letter(2, "word " * 2**20)}
    with MailServer(mails, sizes={2: 10}).serving(keys.server()) as server:
        page = reader(server, keys).fetch({})
    assert (ids(page), [one.reason for one in page.rejected]) == (
        ["1", "3"],
        ["the mail is longer than 1000 bytes"],
    )
    assert server.sent < 100_000


def test_pages_end_by_bytes(keys: Keys) -> None:
    attached = b"\r\n--x\r\nContent-Type: application/pdf\r\n\r\n" + b"a" * 5 * 2**20 + b"\r\n--x--\r\n"
    head = b"Subject: a tip\r\nContent-Type: multipart/mixed; boundary=x\r\n"
    mails = {uid: b"Message-ID: %d\r\n" % uid + head + attached for uid in (1, 2, 3)}  # 5 MiB each, of 8
    with MailServer(mails).serving(keys.server()) as server:
        read = pages(reader(server, keys))
    assert [ids(page) for page in read] == [["1", "2"], ["3"]]


def test_a_mail_that_is_gone_or_not_handed_out_costs_its_neighbours_nothing(keys: Keys) -> None:
    gone = b"TAG OK nothing\r\n"
    faults = {
        "2": gone,
        "3": b"TAG NO it is broken\r\n",
        "4": b'* 4 FETCH (UID 4 BODY[]<0> "")\r\nTAG OK done\r\n',
    }

    def fault(command: str) -> bytes | None:
        return faults.get(command.split(" ")[2]) if command.startswith("UID") else None

    with MailServer(letters(1, 2, 3, 4, 5), fault=fault).serving(keys.server()) as server:
        page = reader(server, keys).fetch({})
    assert ids(page) == ["1", "5"]
    assert [re.sub(";.*", "", one.reason) for one in page.rejected] == [
        "the mail server does not hand this mail out",
        "not a mail: it does not begin with headers",
    ]


def test_what_a_slow_server_gave_is_a_page(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.adapters.imap.PAGE_SECONDS", 0)
    with MailServer(letters(1, 2, 3)).serving(keys.server()) as server:
        assert [ids(page) for page in pages(reader(server, keys))] == [["1"], ["2"], ["3"]]


def test_a_folder_may_have_any_name(keys: Keys) -> None:
    with MailServer(letters(1), folder=b'"Tips &- Caf&AOk-/\\"new\\""').serving(keys.server()) as server:
        assert ids(reader(server, keys, folder='Tips & Café/"new"').fetch({})) == ["1"]
        with pytest.raises(FetchFailed, match="does not open the folder 'INBOX'; check `folder`"):
            reader(server, keys).fetch({})


@pytest.mark.usefixtures("database")
def test_pictures_of_mails_are_stored(keys: Keys) -> None:
    sent = EmailMessage()
    sent["Message-ID"] = "<1@example.org>"
    sent.set_content("look")
    sent.add_attachment(picture(), "image", "png", filename="a.png")
    with MailServer({1: sent.as_bytes()}).serving(keys.server()) as server:
        pump(reader(server, keys), "tips")
    with session_scope() as session:
        (place,) = session.scalars(select(models.PostMedia))
        assert place.problem is None


GOOD = {"host": HOST, "user": "tips", "password": {"env": VARIABLE}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "S3CRET"}, "does not belong into this file"),
        ({"password": {}}, "write { file"),
        ({"password": {"env": "NOT_SET_ANYWHERE"}}, "NOT_SET_ANYWHERE: is not set"),
        ({"password": {"file": "/nowhere/at/all"}}, "/nowhere/at/all: No such file"),
        ({"password": {"file": "/dev/null"}}, "/dev/null is not one line"),
        ({"ca": "/nowhere.pem"}, "ca: /nowhere.pem is no file of certificates"),
        ({"ca": "/dev/null"}, "ca: /dev/null is no file of certificates"),
        ({"user": "a\r\nb"}, "user: "),
        ({"tls": False}, "tls: "),
        ({"port": 0}, "port: "),
    ],
)
def test_options_that_cannot_be_are_refused_without_their_secrets(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    monkeypatch.setattr("ingest.sources._opener", lambda _name: from_options)
    source = Source(name="tips", adapter="imap", **{**GOOD, **changes})
    with pytest.raises(ConfigurationError, match=re.escape(said)) as raised:
        source.open()
    assert "S3CRET" not in str(raised.value)


def test_a_password_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    chosen = Options.model_validate({**GOOD, "password": {"file": tmp_path / "password"}})
    assert chosen.account().password == PASSWORD
