"""Mail servers that refuse, lie, hang and break off, and ones that are not who they should be."""

import pytest

from ingest.http.limits import Limits
from tests.ingest.imap_server import PASSWORD, MailServer
from tests.ingest.keys import Keys, make
from tests.ingest.tips import HOST, VARIABLE, ids, letters, reader
from triage.errors import FetchFailed


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make(tmp_path_factory.mktemp("keys"), HOST)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


@pytest.mark.parametrize(
    ("begin", "answer", "said"),
    [
        ("GREETING", b"220 this is something else\r\n", "speaks no IMAP"),
        ("GREETING", b"* BYE too many connections\r\n", "broke off"),
        ("GREETING", b"* OK " + b"a" * 2**21, "more than may be read|broke off"),
        ("EXAMINE", b"TAG NO what?\r\n", "does not open the folder"),
        ("EXAMINE", b"* 5 EXISTS\r\nTAG OK done\r\n", "no UIDVALIDITY"),
        ("EXAMINE", b"* 5 EXISTS\r\n* OK [UIDVALIDITY x]\r\nTAG OK done\r\n", "speaks no IMAP"),
        ("EXAMINE", b"* LIST x\r\n" * 2**20, "more than may be read"),
        ("FETCH", b"TAG NO [UNAVAILABLE]\r\n", "does not list its mails"),
        ("FETCH", b"TAG OK done\r\n", "does not list all its mails"),
        ("FETCH", b"* 1 FETCH (UID 1 RFC822.SIZE 5 X {4000000000}\r\n", "more than was asked for"),
        ("UID FETCH", b"* 1 FETCH (UID 1 BODY[]<0> {4000000000}\r\n", "more than was asked for"),
        ("UID FETCH", b"TAG NO [UNAVAILABLE]\r\n", "hands out no mails now"),
        ("UID FETCH", b"\xff\xff\r\n", "speaks no IMAP"),
    ],
)
def test_a_server_that_answers_strangely_is_a_failure_that_may_be_tried_again(
    keys: Keys, begin: str, answer: bytes, said: str
) -> None:
    fault = lambda command: answer if command.startswith(begin) else None  # noqa: E731
    failed = pytest.raises(FetchFailed, match=said)
    with MailServer(letters(1), fault=fault).serving(keys.server()) as server, failed:
        reader(server, keys).fetch({})


@pytest.mark.parametrize("command", ["CAPABILITY", "AUTHENTICATE", "EXAMINE", "FETCH", "UID FETCH"])
def test_a_server_that_hangs_is_left(keys: Keys, command: str) -> None:
    fault = lambda said: b"" if said.startswith(command) else None  # noqa: E731
    impatient = Limits(idle_seconds=0.3, total_seconds=10)
    failed = pytest.raises(FetchFailed, match="fell silent")
    with MailServer(letters(1), fault=fault).serving(keys.server()) as server, failed:
        reader(server, keys, limits=impatient).fetch({})


def test_a_server_that_hangs_at_good_bye_costs_nothing(keys: Keys) -> None:
    fault = lambda said: b"" if said == "LOGOUT" else None  # noqa: E731
    with MailServer(letters(1), fault=fault).serving(keys.server()) as server:
        assert ids(reader(server, keys, limits=Limits(idle_seconds=2)).fetch({})) == ["1"]


def secrets_of(error: BaseException | None) -> list[str]:
    told = []
    while error:
        told += [part for part in ("S3CRET", "café") if part in f"{error!r}{error}"]
        error = error.__cause__ or error.__context__
    return told


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 AUTH=PLAIN", "IMAP4rev1"])
@pytest.mark.parametrize("password", ["S3CRET wrong", "S3CRET café"])
def test_a_wrong_password_is_said_clearly_and_never_shown(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, capabilities: str, password: str
) -> None:
    monkeypatch.setenv(VARIABLE, password)
    with MailServer({}, capabilities=capabilities).serving(keys.server()) as server:
        source = reader(server, keys)
        with pytest.raises(FetchFailed, match="does not take user and password; check both") as raised:
            source.fetch({})
    assert secrets_of(raised.value) == []
    assert "S3CRET" not in repr(source._account)


def test_a_server_that_lets_nobody_in_for_the_moment_is_not_a_wrong_password(keys: Keys) -> None:
    fault = lambda said: b"TAG NO [UNAVAILABLE] later\r\n" if said.startswith("AUTH") else None  # noqa: E731
    failed = pytest.raises(FetchFailed, match="lets nobody in now")
    with MailServer({}, fault=fault).serving(keys.server()) as server, failed:
        reader(server, keys).fetch({})


def test_without_auth_plain_login_is_used_and_quoted(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD.replace("é", "e"))
    with MailServer(letters(1), capabilities="IMAP4rev1").serving(keys.server()) as server:
        assert ids(reader(server, keys).fetch({})) == ["1"]
    assert "LOGIN" in server.commands


def test_a_certificate_that_nobody_vouches_for_is_refused(keys: Keys) -> None:
    with MailServer(letters(1)).serving(keys.server()) as server:
        for changed in ({"ca": None}, {"host": "127.0.0.1"}):
            with pytest.raises(FetchFailed, match="no safe connection"):
                reader(server, keys, **changed).fetch({})
    assert server.commands == []


def test_a_server_that_is_away_is_named(keys: Keys) -> None:
    with MailServer({}).serving(keys.server()) as server:
        pass
    with pytest.raises(FetchFailed, match=f"{HOST}:{server.port}: no address of the host accepts"):
        reader(server, keys).fetch({})
