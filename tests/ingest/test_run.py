import base64
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import redis
from nacl.public import PrivateKey, SealedBox
from PIL import Image
from sqlalchemy import func, select

from ingest.adapters.jsonl import JsonlAdapter
from ingest.run import Progress, Summary, pump
from tests.conftest import ROOT, forget
from triage import checkpoints, db, embedded, models, queue
from triage.db import session_scope
from triage.errors import InputError, ServiceUnavailable
from triage.media import open_store
from triage.settings import get_settings

pytestmark = pytest.mark.usefixtures("database")


NOWHERE = "redis://127.0.0.1:1/0"


def configure(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    forget()


def png(number: int = 0, size: tuple[int, int] = (40, 30)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (number % 256, number // 256, 0)).save(out, "PNG")
    return out.getvalue()


def write(folder: Path, lines: Sequence[dict[str, Any] | str]) -> Path:
    path = folder / "posts.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines))
    return path


def run(path: Path, page_posts: int = 256) -> tuple[Summary, list[str]]:
    said: list[str] = []

    def listen(progress: Progress) -> None:
        said.extend(progress.messages)

    return pump(JsonlAdapter(path, "posts", page_posts), "posts", listen), said


def stored() -> list[models.Post]:
    with session_scope() as session:
        return list(session.scalars(select(models.Post).order_by(models.Post.id)))


def rejected() -> dict[str, str]:
    with session_scope() as session:
        return {one.place: one.reason for one in session.scalars(select(models.Rejection))}


def pictures(post_id: int) -> list[tuple[str | None, str | None, str | None]]:
    table = models.PostMedia
    with session_scope() as session:
        rows = session.scalars(select(table).where(table.post_id == post_id).order_by(table.position))
        return [(row.sha256, row.alt, row.problem) for row in rows]


def queued() -> set[int]:
    with redis.Redis(unix_socket_path=str(embedded._redis_socket())) as client:
        bodies = [json.loads(message)["body"] for message in client.lrange(queue.SCORE, 0, -1)]
    return {one for body in bodies for one in json.loads(base64.b64decode(body))[0][0]}


def test_a_post_is_stored_with_its_pictures_and_a_pseudonym_and_is_queued(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    line = {"id": 1, "text": "hi", "author": "Jane Roe", "lang": "en", "posted_at": "2026-11-21T08:00:00Z"}
    summary, said = run(write(tmp_path, [line | {"media": [{"path": "a.png", "alt": "a red box"}]}]))
    (post,) = stored()
    assert (post.source, post.external_id, post.caption, post.language) == ("posts", "1", "hi", "en")
    assert post.author_ref is not None
    assert "Jane" not in post.author_ref
    digest = hashlib.sha256(png()).hexdigest()
    assert pictures(post.id) == [(digest, "a red box", None)]
    assert open_store().read(digest) == png()
    with session_scope() as session:
        medium = session.get(models.Media, digest)
        assert medium is not None
        assert (medium.size, medium.width, medium.height) == (len(png()), 40, 30)
    assert summary == Summary(posts=1, stored=1, waiting=(post.id,), news=1)
    assert said == []
    assert queued() == {post.id}


def test_an_author_is_kept_sealed_and_nowhere_else(tmp_path: Path) -> None:
    named = {"id": 1, "text": "hi", "author": "Jane Roe", "url": "https://forum.example/jane%20roe/1"}
    run(write(tmp_path, [named, {"id": 2, "text": "anonymous", "url": "https://forum.example/2"}]))
    post, anonymous = stored()
    assert post.url == f"https://forum.example/{post.author_ref}/1"
    assert anonymous.url == "https://forum.example/2"
    key = PrivateKey(bytes.fromhex((get_settings().home_dir / "secrets/handle.key").read_text()))
    with session_scope() as session:
        (handle,) = session.scalars(select(models.AuthorHandle))
        assert handle.author_ref == post.author_ref
        assert SealedBox(key).decrypt(handle.sealed) == b"Jane Roe"


def test_rejected_lines_are_told_and_kept_by_place_and_reason(tmp_path: Path) -> None:
    path = write(tmp_path, ["{broken", {"id": "1", "text": "ok"}, {"id": "2"}])
    summary, said = run(path)
    assert (summary.posts, summary.stored, summary.rejected) == (3, 1, 2)
    assert rejected()[f"{path}:1"].startswith("not valid JSON:")
    assert len(said) == 2
    assert said[1].startswith(f"{path}:3: rejected: it has neither a caption")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing.png", "cannot be read (no such file"),
        ("x" * 300, "cannot be read (file name too long"),
        ("loop.png", "cannot be"),
        ("../out.png", "outside the folder"),
        ("empty.png", "is empty (0 bytes)"),
        ("large.png", "FLAGPOST_MAX_MEDIA_BYTES"),
        ("folder.png", "not a file"),
        ("pipe.png", "not a file"),
    ],
)
def test_a_picture_that_cannot_be_kept_costs_neither_the_caption_nor_the_others(
    tmp_path: Path, name: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, FLAGPOST_MAX_MEDIA_BYTES="2000")
    (tmp_path / "ok.png").write_bytes(png())
    (tmp_path / "empty.png").touch()
    (tmp_path / "large.png").write_bytes(b"x" * 2001)
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    path = write(
        tmp_path, [{"id": 1, "text": "hi", "media": [{"path": name, "alt": "x"}, {"path": "ok.png"}]}]
    )
    summary, said = run(path)
    (post,) = stored()
    (bad, good) = pictures(post.id)
    assert problem in str(bad[2])
    assert bad[:2] == (None, "x")
    assert good[2] is None
    assert (summary.stored, summary.rejected, summary.warnings) == (1, 0, 1)
    (message,) = said
    assert message.startswith(f"{path}:1: picture {name[:200]!r}: ")


@pytest.mark.parametrize("content", [b"this is a text file named .png", png()[:50], b"\xff\xd8\xff\xe0 torn"])
def test_files_that_are_no_good_pictures_are_stored_for_the_worker_to_judge(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "odd.png").write_bytes(content)
    summary, _ = run(write(tmp_path, [{"id": 1, "media": [{"path": "odd.png"}]}]))
    assert (summary.stored, summary.warnings) == (1, 0)
    assert open_store().read(str(pictures(summary.waiting[0])[0][0])) == content


def test_a_post_of_nothing_usable_is_rejected_and_stored_once_its_picture_is_mended(tmp_path: Path) -> None:
    path = write(tmp_path, [{"id": 1, "text": " ", "media": [{"path": "late.png"}]}])
    first, said = run(path)
    assert (first.stored, first.rejected) == (0, 1)
    assert "no caption and no usable picture: picture 'late.png'" in said[0]
    (tmp_path / "late.png").write_bytes(png())
    second, _ = run(path)
    assert (second.stored, second.rejected) == (1, 0)


def test_the_same_file_twice_stores_nothing_twice(tmp_path: Path) -> None:
    path = write(tmp_path, [*({"id": n, "text": "hi"} for n in range(20)), "bad"])
    first, _ = run(path, 7)
    second, _ = run(path, 6)
    assert (first.stored, first.rejected) == (20, 1)
    assert (second.posts, second.stored, second.duplicates, second.rejected) == (21, 0, 20, 1)
    assert len(stored()) == 20
    assert len(rejected()) == 1


@pytest.mark.parametrize("page_posts", [1, 2, 256])
def test_the_first_of_two_posts_with_one_id_counts(tmp_path: Path, page_posts: int) -> None:
    first, second = {"id": 1, "text": "first"}, {"id": "1", "text": "second"}
    third = {"id": 1, "source": "b", "text": "third"}
    summary, _ = run(write(tmp_path, [first, second, third]), page_posts)
    assert (summary.stored, summary.duplicates) == (2, 1)
    assert [post.caption for post in stored()] == ["first", "third"]


@pytest.mark.parametrize("page_posts", [1, 2, 256])
def test_edits_and_deletions_in_a_file_are_followed_in_their_order(tmp_path: Path, page_posts: int) -> None:
    lines = [
        {"id": "1", "text": "one"},
        {"id": "2", "text": "two"},
        {"id": "1", "text": "one, changed", "edited_at": "2026-11-21T08:00:00Z"},
        {"id": "2", "deleted": True},
        {"id": "3", "deleted": True},
        {"id": "3", "text": "told too late"},
    ]
    summary, _ = run(write(tmp_path, lines), page_posts)
    found = [(post.external_id, post.revision, post.caption, post.deleted_at is None) for post in stored()]
    late = [("3", 1, "told too late", False)] if page_posts > 1 else []
    assert sorted(found) == [
        ("1", 1, "one", True),
        ("1", 2, "one, changed", True),
        ("2", 1, "two", False),
        *late,  # on one page with its deletion it is stored, and marked
    ]
    assert (summary.posts, summary.deleted, summary.rejected) == (6, 2, 0)
    assert queued() == {post.id for post in stored()}


def test_a_file_mended_after_it_was_finished_is_read_from_the_start(tmp_path: Path) -> None:
    run(write(tmp_path, [{"id": 1, "text": "a"}, "broken", {"id": 3, "text": "c"}]))
    summary, _ = run(write(tmp_path, [{"id": n, "text": "a"} for n in (1, 2, 3)]))
    assert (summary.stored, summary.duplicates, summary.rejected) == (1, 2, 0)


class Stop(Exception):
    pass


def interrupt_after(path: Path, pages: int, page_posts: int) -> None:
    told = 0

    def listen(_: Progress) -> None:
        nonlocal told
        told += 1
        if told == pages:
            raise Stop

    with pytest.raises(Stop):
        pump(JsonlAdapter(path, "posts", page_posts), "posts", listen)


def test_an_interrupted_reading_goes_on_where_it_stopped_and_waits_for_all_its_posts(tmp_path: Path) -> None:
    path = write(tmp_path, [{"id": n, "text": "a"} for n in range(10)])
    interrupt_after(path, pages=2, page_posts=3)
    summary, _ = run(path, 3)
    assert (summary.posts, summary.stored, summary.duplicates) == (4, 4, 0)
    assert set(summary.waiting) == {post.id for post in stored()} == queued()
    with session_scope() as session:
        assert checkpoints.load(session, "posts") == {}


def test_a_file_changed_after_an_interruption_is_read_from_the_start(tmp_path: Path) -> None:
    interrupt_after(write(tmp_path, ["broken", *({"id": n, "text": "a"} for n in range(9))]), 1, 3)
    summary, _ = run(write(tmp_path, [{"id": n, "text": "a"} for n in range(10)]))
    assert (summary.posts, summary.stored, summary.duplicates) == (10, 8, 2)


def test_posts_and_checkpoint_commit_together_or_not_at_all(tmp_path: Path) -> None:
    path = write(tmp_path, [{"id": n, "text": "a"} for n in range(4)])
    with db.engine().begin() as connection:
        connection.exec_driver_sql("alter table checkpoints add constraint no check (false) not valid")
    try:
        with pytest.raises(Exception, match="violates check constraint"):
            run(path)
        assert stored() == []
        assert queued() == set()
    finally:
        with db.engine().begin() as connection:
            connection.exec_driver_sql("alter table checkpoints drop constraint no")
    assert run(path)[0].stored == 4


def test_a_broker_that_is_down_is_reported_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, [{"id": n, "text": "a"} for n in range(6)])
    configure(monkeypatch, FLAGPOST_BROKER_URL=NOWHERE)
    summary, said = run(path, 2)
    assert summary.stored == 6
    assert all("The broker cannot be reached" in message for message in said)
    assert 1 <= len(said) <= 2
    assert {post.state for post in stored()} == {"pending"}


def test_a_broker_that_comes_back_gets_what_it_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, [{"id": n, "text": "a"} for n in range(6)])
    configure(monkeypatch, FLAGPOST_BROKER_URL=NOWHERE)
    said: list[str] = []

    def come_back(progress: Progress) -> None:
        said.extend(progress.messages)
        monkeypatch.delenv("FLAGPOST_BROKER_URL", raising=False)
        forget()

    pump(JsonlAdapter(path, "posts", 2), "posts", come_back)
    assert len(said) == 1
    assert queued() == {post.id for post in stored()}


def test_a_database_that_is_not_there_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, FLAGPOST_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(ServiceUnavailable, match="database cannot be reached"):
        run(write(tmp_path, [{"id": 1, "text": "a"}]))


def test_a_file_growing_while_it_is_read_is_refused_and_what_was_stored_stays(tmp_path: Path) -> None:
    path = write(tmp_path, [{"id": n, "text": "a"} for n in range(4)])

    def grow(_: Progress) -> None:
        with path.open("a") as file:
            file.write("\n")

    with pytest.raises(InputError, match="changed while it was being read"):
        pump(JsonlAdapter(path, "posts", 2), "posts", grow)
    assert len(stored()) == 2
    assert run(path)[0].duplicates == 2


def test_killed_at_any_moment_and_started_again_it_loses_and_repeats_nothing(tmp_path: Path) -> None:
    count, chance = 600, random.Random(5)
    for number in range(count):
        if number % 3 == 0:
            (tmp_path / f"{number}.png").write_bytes(png(number))
    media = {number: [{"path": f"{number}.png"}] for number in range(0, count, 3)}
    lines: list[dict[str, Any] | str] = [
        {"id": number, "text": f"post {number}", "media": media.get(number)} for number in range(count)
    ]
    lines[100], lines[500] = "broken", "[]"
    path = write(tmp_path, lines)
    killed = 0
    for signum in [signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]:
        killed += _kill_a_pump(path, signum, after_pages=chance.randint(1, 12), pause=chance.random() / 50)
    assert killed == 5
    assert 0 < len(stored()) < count - 2
    last = subprocess.run(_command(path, 256), cwd=ROOT, env=_environment(), check=True, capture_output=True)
    assert last.stdout.endswith(b"done\n")
    whole = [number for number in range(count) if number not in (100, 500)]
    assert sorted(int(post.external_id) for post in stored()) == whole
    assert set(rejected()) == {f"{path}:101", f"{path}:501"}
    for post in stored():
        number = int(post.external_id)
        wanted = [hashlib.sha256(png(number)).hexdigest()] if number % 3 == 0 else []
        assert [digest for digest, _, _ in pictures(post.id)] == wanted
    assert queued() == {post.id for post in stored()}
    with session_scope() as session:
        assert session.scalar(select(func.count()).select_from(models.Media)) == count / 3


def _kill_a_pump(path: Path, signum: signal.Signals, after_pages: int, pause: float) -> bool:
    command = _command(path, 4)
    with subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(after_pages):
            process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signum)
        return process.wait() == -signum


def _command(path: Path, page_posts: int) -> list[str]:
    return [sys.executable, "-m", "tests.ingest.slow_pump", str(page_posts), str(path)]


def _environment() -> dict[str, str]:
    return {**os.environ, "FLAGPOST_DATABASE_URL": db.database_url()}
