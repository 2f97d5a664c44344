"""Files, folders and exports of every kind: whoever reads them is killed, and every post is stored once."""

import csv
import io
import mailbox
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from tests.conftest import ROOT
from tests.ingest import test_feed, test_mail, test_meta_return, test_telegram
from tests.ingest.kills import KILLS
from triage import models
from triage.db import session_scope

POSTS = 40
PAGE = 4
MOST_PAGES = 30
"""Before a kill, of about 87 in all: what was interrupted before has fewer left."""


def table(folder: Path) -> None:
    rows = io.StringIO()
    csv.writer(rows).writerows([("id", "text"), *((number, "text") for number in range(POSTS))])
    (folder / "table.csv").write_text(rows.getvalue())


def captions(folder: Path) -> None:
    (folder / "captions").mkdir()
    for number in range(POSTS):
        (folder / "captions" / f"{number}.txt").write_text("text")


def telegram(folder: Path) -> None:
    (folder / "telegram").mkdir()
    sent = [test_telegram.message(number) for number in range(POSTS)]
    test_telegram.write(folder / "telegram", test_telegram.chat(7, *sent))


def mbox(folder: Path) -> None:
    with closing(mailbox.mbox(folder / "mbox.mbox")) as box:
        for number in range(POSTS):
            box.add(test_mail.letter(number, f"text {number}"))


def maildir(folder: Path) -> None:
    with closing(mailbox.Maildir(folder / "maildir")) as box:
        for number in range(POSTS):
            box.add(test_mail.letter(number, f"text {number}"))


def eml(folder: Path) -> None:
    (folder / "eml").mkdir()
    for number in range(POSTS):
        (folder / "eml" / f"{number}.eml").write_bytes(test_mail.letter(number, f"text {number}").as_bytes())


def feed(folder: Path) -> None:
    test_feed.write(folder, test_feed.rss(*map(test_feed.item, range(POSTS))))


def meta(folder: Path) -> None:
    row = test_meta_return.table
    sent = "".join(test_meta_return.message(row, f"text {number}") for number in range(POSTS))
    test_meta_return.write(folder, {"records/index.html": test_meta_return.page(row, "", sent)})


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("database")
def test_a_killed_reader_of_exports_has_every_post_of_each_once(tmp_path: Path) -> None:
    for make in (table, captions, telegram, mbox, maildir, eml, feed, meta):
        make(tmp_path)
    paths = sorted(tmp_path.iterdir())
    command, chance = [sys.executable, "-m", "tests.ingest.slow_pump", str(PAGE)], Random(7)
    for _ in range(KILLS):
        chance.shuffle(paths)
        with subprocess.Popen([*command, *paths], cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(chance.randint(1, MOST_PAGES)):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
    subprocess.run([*command, *paths], cwd=ROOT, check=True, capture_output=True)
    with session_scope() as session:
        stored = Counter(session.scalars(select(models.Post.source)))
    assert stored == {path.stem: POSTS for path in paths}
