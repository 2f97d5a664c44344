"""Every kind of export through the pump, into a real database."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingest.adapters import for_path
from ingest.run import pump
from tests.ingest import test_feed, test_mail, test_meta_return, test_telegram
from tests.ingest.test_run import png, stored
from triage import models
from triage.db import session_scope

pytestmark = pytest.mark.usefixtures("database")


def telegram(folder: Path) -> Path:
    (folder / "a.png").write_bytes(png())
    sent = test_telegram.message(1, photo="a.png")
    test_telegram.write(folder, test_telegram.PRIVATE | {"chats": {"list": [test_telegram.chat(7, sent)]}})
    return folder


def mail(folder: Path) -> Path:
    sent = test_mail.letter(1)
    sent.add_attachment(png(), "image", "png", filename="a.png")
    (folder / "a.eml").write_bytes(sent.as_bytes())
    return folder


def meta(folder: Path) -> Path:
    row = test_meta_return.table
    file = row("Attachments", row("Linked Media File:", "linked_media/a.png"))
    html = test_meta_return.page(
        row, "No responsive records located", test_meta_return.message(row, "text", file)
    )
    return test_meta_return.write(folder, {"index.html": html, "linked_media/a.png": png()})


def feed(folder: Path) -> Path:
    linked = '<title>text</title><enclosure url="https://example.org/a.png" type="image/png" length="1"/>'
    return test_feed.write(folder, test_feed.rss(test_feed.item(1, linked)))


@pytest.mark.parametrize(("export", "pictures"), [(telegram, 1), (mail, 1), (meta, 1), (feed, 0)])
def test_an_export_is_stored_with_its_pictures_and_read_again_is_all_duplicates(
    tmp_path: Path, export: Callable[[Path], Path], pictures: int
) -> None:
    path = export(tmp_path)
    first = pump(*for_path(path, "an-export"))
    assert (first.posts, first.stored, first.rejected) == (1, 1, 0)
    (post,) = stored()
    assert "text" in post.caption
    assert "Roe" not in repr(vars(post))
    with session_scope() as session:
        assert session.scalar(select(func.count()).select_from(models.Media)) == pictures
    again = pump(*for_path(path, "an-export"))
    assert (again.stored, again.duplicates, again.rejected) == (0, 1, 0)
