import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest import mail
from ingest.adapter import FoundPost, Page
from ingest.adapters.export import ExportAdapter
from ingest.adapters.mail import EmlAdapter, MaildirAdapter, MboxAdapter
from ingest.fields import PostFields
from ingest.mail import read_mail
from tests.ingest.adapter_contract import AdapterContract, pages
from tests.ingest.tips import known_as
from triage.errors import PostRejected


def letter(number: int | str, text: str = "text") -> EmailMessage:
    sent = EmailMessage()
    sent["Message-ID"] = f"<{number}@example.org>"
    sent["From"] = "Jane Roe <Jane@example.org>"
    sent["Date"] = "Sat, 21 Nov 2026 09:30:00 +0100"
    sent["Subject"] = "a tip"
    sent.set_content(text)
    return sent


def read(raw: bytes | EmailMessage) -> PostFields:
    return read_mail(raw if isinstance(raw, bytes) else raw.as_bytes(), "tips")[0]


def only(adapter: ExportAdapter) -> Page:
    (page,) = pages(adapter)
    return page


class MailContract(AdapterContract):
    ids = tuple(known_as(letter(n).as_bytes()) for n in range(6))
    rejected = 1


class TestMboxContract(MailContract):
    def adapter(self, folder: Path, page_posts: int) -> MboxAdapter:
        path = folder / "tips.mbox"
        if not path.exists():
            with path.open("wb") as file:
                for number in range(6):
                    file.write(b"From someone Sat Nov 21 2026\n" + letter(number).as_bytes() + b"\n")
                file.write(b"From someone Sat Nov 21 2026\n\nno headers\n")
        return MboxAdapter(path, "tips", page_posts)


class TestMaildirContract(MailContract):
    def adapter(self, folder: Path, page_posts: int) -> MaildirAdapter:
        if not (folder / "cur").exists():
            for name in ("cur", "new", "tmp"):
                (folder / name).mkdir()
            for number in range(6):
                (folder / ("cur" if number < 3 else "new") / f"{number}.host:2,S").write_bytes(
                    letter(number).as_bytes()
                )
            (folder / "new/6.host").write_bytes(b"\nno headers")
            (folder / "tmp/7.host").write_bytes(letter(7).as_bytes())
        return MaildirAdapter(folder, "tips", page_posts)


class TestEmlContract(MailContract):
    def adapter(self, folder: Path, page_posts: int) -> EmlAdapter:
        if not (folder / "0.eml").exists():
            (folder / "5").mkdir()
            for number in range(5):
                (folder / f"{number}.eml").write_bytes(letter(number).as_bytes())
            (folder / "5/a.EML").write_bytes(letter(5).as_bytes())
            (folder / "6.eml").write_bytes(b"")
            (folder / "7.txt").write_bytes(b"no mail")
        return EmlAdapter(folder, "tips", page_posts)


def test_a_mail_gives_its_subject_and_text_its_id_time_and_sender() -> None:
    fields = read(letter(1, "somebody said something\n"))
    assert (fields.id[:14], fields.text) == ("1@example.org#", "a tip\n\nsomebody said something")
    assert (fields.author, fields.source) == ("jane@example.org", "tips")
    assert fields.posted_at is not None
    assert fields.posted_at.isoformat() == "2026-11-21T08:30:00+00:00"


def test_attached_and_inline_pictures_are_its_media_and_other_files_are_left_out() -> None:
    sent = letter(1)
    sent.add_alternative('<p>html</p><img src="cid:1">', subtype="html")
    sent.get_payload()[1].add_related(b"inline", "image", "png", cid="<1>")  # type: ignore[union-attr, index]
    sent.add_attachment(b"attached", "image", "jpeg", filename="caf\u00e9.jpg")
    sent.add_attachment(b"by name", "application", "octet-stream", filename="a.JPG")
    sent.add_attachment(b"other", "application", "pdf", filename="a.pdf")
    sent.add_attachment("notes", filename="notes.txt")
    fields, media = read_mail(sent.as_bytes(), "tips")
    assert [one.content.read(100) for one in media if one.content] == [b"inline", b"attached", b"by name"]
    assert media[1].name == "caf\u00e9.jpg"
    assert fields.text == "a tip\n\ntext"


def test_a_mail_in_html_alone_is_reduced_to_its_words() -> None:
    sent = letter(1)
    sent.set_content("<style>p {}</style><p>one &amp; two</p><p>three</p>", subtype="html")
    assert read(sent).text == "a tip\n\none & two\nthree"


def test_an_empty_plain_text_gives_way_to_the_html() -> None:
    sent = letter(1, "\n")
    sent.add_alternative("<p>said</p>", subtype="html")
    assert read(sent).text == "a tip\n\nsaid"


def test_a_forwarded_mail_is_read_with_its_pictures() -> None:
    inner, sent = letter(2, "the threat"), letter(1, "see below")
    inner.replace_header("Subject", "forwarded")
    inner.add_attachment(b"picture", "image", "png", filename="a.png")
    sent.add_attachment(inner)
    fields, media = read_mail(sent.as_bytes(), "tips")
    assert fields.text == "a tip\n\nsee below\n\nforwarded\n\nthe threat"
    assert [one.name for one in media] == ["a.png"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Subject: =?utf-8?q?caf=C3=A9?=\n\n", "caf\u00e9"),
        (b"Subject: =?no-such?q?caf?=\n\nx", "=?no-such?q?caf?=\n\nx"),
        ("Subject: raw caf\u00e9\n\nx".encode(), "raw caf\u00e9\n\nx"),
        (b"A: b\n\ncaf\xc3\xa9", "caf\u00e9"),
        (b"A: b\n\ncaf\xe9", "caf\u00e9"),
        (b"Content-Type: text/plain; charset=koi8-r\n\n\xd4\xc5\xd3\xd4", "\u0442\u0435\u0441\u0442"),
        (b"Content-Type: text/plain; charset=punycode\n\nplain", "plain"),
        (b"Content-Type: text/plain; charset=no-such\n\ncaf\xc3\xa9", "caf\u00e9"),
        (b"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nk=\nill =zz", "kill =zz"),
        (b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nbm93\n!!!", "now"),
        (b"Content-Type: multipart/mixed\n\nlost its boundary", "lost its boundary"),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nnever closed", "never closed"),
    ],
)
def test_mails_are_read_however_they_are_written(raw: bytes, text: str) -> None:
    assert read(raw).text == text


def test_a_mail_without_an_id_is_known_by_its_bytes() -> None:
    assert read(b"A: b\n\nx").id == read(b"A: b\n\nx").id != read(b"A: b\n\ny").id
    assert read(b"A: b\n\nx").id.startswith("sha256:")


def with_picture(data: bytes) -> EmailMessage:
    sent = letter("same")
    sent.add_attachment(data, "image", "png", filename="a.png")
    return sent


def test_two_mails_with_one_message_id_are_two_posts_where_they_say_or_show_something_else() -> None:
    mails = [letter("same", "one"), letter("same", "two"), with_picture(b"one"), with_picture(b"two")]
    ids = {read(one).id for one in mails}
    assert len(ids) == 4
    assert {one.partition("#")[0] for one in ids} == {"same@example.org"}


def test_a_mail_is_the_same_in_every_mailbox(tmp_path: Path) -> None:
    sent = letter(1, "a tip\n\nFrom a friend\n")
    sent.add_attachment(b"picture", "image", "png", filename="a.png")
    box = mailbox.mbox(tmp_path / "a.mbox")
    box.add(mailbox.mboxMessage(sent))
    box.close()
    (post,) = only(MboxAdapter(tmp_path / "a.mbox", "tips")).posts
    on_server = b"Delivered-To: tips\r\n" + sent.as_bytes().replace(b"\n", b"\r\n")
    assert post.fields.id == read(on_server).id == read(sent).id


def test_an_id_that_cannot_be_stored_is_replaced_by_its_digest() -> None:
    assert read(b"Message-ID: <" + b"x" * 2000 + b">\n\nx").id.startswith("sha256:")


@pytest.mark.parametrize(
    "date", ["yesterday", "Sat, 21 Nov 9999 09:30:00 -2300", "", "Sat, 99 Nov 2026 09:30:00"]
)
def test_a_wrong_date_does_not_cost_the_mail(date: str) -> None:
    assert read(f"Date: {date}\n\nx".encode()).posted_at is None


def test_too_many_parts_pictures_or_levels_are_refused_with_the_reason() -> None:
    parts = b"".join(b"--x\n\npart\n" for _ in range(300))
    pictures = b"".join(b"--x\nContent-Type: image/png\n\nx\n" for _ in range(100))
    levels = b"".join(b"Content-Type: message/rfc822\n\n" for _ in range(100))
    mixed = b"Content-Type: multipart/mixed; boundary=x\n\n"
    for raw, said in (
        (mixed + parts, "200 parts"),
        (mixed + pictures, "64 pictures"),
        (levels, "within parts"),
    ):
        with pytest.raises(PostRejected, match=said):
            read(raw)


def test_an_mbox_is_split_as_others_split_it(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "a.mbox")
    for number, text in enumerate(["one\n\nFrom here on\n", "two\n>From quoted\n", "three"]):
        box.add(mailbox.mboxMessage(letter(number, text)))
    box.close()
    page = only(MboxAdapter(tmp_path / "a.mbox", "tips"))
    texts = [post.fields.text.removeprefix("a tip\n\n") for post in page.posts]
    assert texts == ["one\n\nFrom here on", "two\nFrom quoted", "three"]
    lines = (tmp_path / "a.mbox").read_text().splitlines()
    for post in page.posts:
        path, line = post.where.rsplit(":", 1)
        assert path == str(tmp_path / "a.mbox")
        assert lines[int(line) - 2].startswith("From ")


def test_a_sentence_that_begins_with_from_does_not_begin_a_mail(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(b"From x\nSubject: a\n\nWe come\nFrom far away\n\nFrom y\nSubject: b\n\nb\n")
    texts = [post.fields.text for post in only(MboxAdapter(path, "tips")).posts]
    assert texts == ["a\n\nWe come\nFrom far away", "b\n\nb"]


def test_a_mail_that_is_too_long_is_rejected_and_its_neighbours_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.adapters.mail.MAX_MAIL_BYTES", 1000)
    path = tmp_path / "a.mbox"
    bodies = [b"one", b"x" * 200_000, b"three"]
    path.write_bytes(b"".join(b"From x\nSubject: a\n\n" + body + b"\n\n" for body in bodies))
    page = only(MboxAdapter(path, "tips"))
    assert [post.fields.text for post in page.posts] == ["a\n\none", "a\n\nthree"]
    assert "longer than" in page.rejected[0].reason
    assert page.rejected[0].where == f"{path}:7"
    (tmp_path / "a.eml").write_bytes(path.read_bytes())
    assert "longer than" in only(EmlAdapter(tmp_path, "tips")).rejected[0].reason


def test_a_link_out_of_the_folder_is_rejected_unread(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.eml").write_bytes(letter("secret").as_bytes())
    (tmp_path / "in/a.eml").symlink_to(tmp_path / "secret.eml")
    page = only(EmlAdapter(tmp_path / "in", "tips"))
    assert page.posts == ()
    assert "outside the folder" in page.rejected[0].reason


def test_files_beside_the_mails_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(letter(1).as_bytes())
    (tmp_path / "a.jpg").write_bytes(b"picture")
    (tmp_path / ".hidden").write_bytes(b"x")
    assert only(EmlAdapter(tmp_path, "tips")).notices == (
        f"1 file(s) under {tmp_path} are no mails and were left out, such as a.jpg.",
    )


def test_one_file_of_one_mail_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(letter(1).as_bytes())
    (tmp_path / "b.eml").write_bytes(letter(2).as_bytes())
    (post,) = only(EmlAdapter(tmp_path / "a.eml", "tips")).posts
    assert (post.fields.id, post.where) == (known_as(letter(1).as_bytes()), f"{tmp_path}/a.eml")


def test_what_is_wrong_with_a_mail_is_said_without_its_words() -> None:
    with pytest.raises(PostRejected) as caught:
        read(b"SECRET without headers")
    assert "SECRET" not in str(caught.value)


PIECES = [
    *(
        b"\n",
        b"\n\n",
        b"--x\n",
        b"--x--\n",
        b"Subject: ",
        b"=?utf-8?b?",
        b"?=",
        b"\xff",
        b"From x\n",
        b'"',
        b"(",
        b"<",
    ),
    *(
        b"Content-Type: multipart/mixed; boundary=x\n",
        b"Content-Type: message/rfc822\n",
        b"Date: 1 Jan 1 ",
        b"From: ",
    ),
    *(
        b"Content-Type: text/html; charset=",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Disposition: a; filename*=u''",
    ),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary() | st.lists(st.sampled_from(PIECES)).map(b"".join))
@example(b"From: " + b"(" * 5000 + b"\n\nx")
@example(b"Content-Type: text/plain; charset*=\xff''x\n\n\xff")
def test_any_bytes_are_read_as_mail_or_rejected(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.mbox").write_bytes(raw)
    only(MboxAdapter(tmp_path / "a.mbox", "tips"))
    (tmp_path / "a.eml").write_bytes(raw)
    page = only(EmlAdapter(tmp_path, "tips"))
    assert all(isinstance(one, FoundPost) for one in page.posts)
    assert len(page.posts) + len(page.rejected) == 1


def test_the_bounds_leave_room_for_a_picture() -> None:
    assert mail.MAX_MAIL_BYTES > 32 * 2**20 * 4 / 3
