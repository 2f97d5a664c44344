"""The page about the intake: its examples are run as they are against the real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.intake.openapi import REFUSALS
from tests.conftest import ROOT
from tests.ingest.intake_site import Partner, captions, new_secret, statuses

PAGE = (ROOT / "docs" / "sources" / "intake.md").read_text()
ADDRESS = "http://127.0.0.1:8643"


def example(language: str) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert isinstance(code, str)
    return code


def run(command: list[str], partner: Partner, folder: Path) -> str:
    environment = {**os.environ, "PARTNER_SECRET": partner.secret}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_in_python_sends_a_post(partner: Partner, tmp_path: Path) -> None:
    code = example("python").replace(ADDRESS, partner.url)
    assert '"stored":1' in run([sys.executable, "-c", code], partner, tmp_path)
    assert captions() == {"17": "A caption"}


def test_the_example_in_python_shows_what_to_do_where_the_secret_is_wrong(
    partner: Partner, tmp_path: Path
) -> None:
    code = example("python").replace(ADDRESS, partner.url)
    stranger = Partner(partner.url, new_secret())
    said = run([sys.executable, "-c", code], stranger, tmp_path)
    assert said.startswith("401 ")
    assert '"what_to_do":"Check the source' in said


def test_the_example_in_a_shell_sends_a_file_of_json_lines(partner: Partner, tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text('{"id": "1", "text": "one"}\n{"id": "2", "text": "two"}\n')
    code = example("sh").replace(ADDRESS, partner.url)
    assert '"stored":2' in run(["sh", "-euc", code], partner, tmp_path)
    assert captions() == {"1": "one", "2": "two"}


def test_the_post_with_a_picture_in_it_is_taken(partner: Partner) -> None:
    (post, _) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert statuses(partner.send(post.encode())) == ["stored"]


@pytest.mark.parametrize("status", sorted(set(REFUSALS) - {500}))
def test_the_page_says_when_a_request_is_refused(status: int) -> None:
    assert f"| {status} |" in PAGE
