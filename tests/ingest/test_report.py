"""What a person is told of a run."""

import pytest

from ingest import report
from ingest.report import MOST_MESSAGES, Report


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.split("\n")[:-1]


def test_some_messages_are_written_in_full_and_the_rest_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with Report() as shown:
        shown.tell(f"line {number}" for number in range(MOST_MESSAGES + 2))
    lines = told(capsys)
    assert lines[:MOST_MESSAGES] == [f"line {number}" for number in range(MOST_MESSAGES)]
    assert lines[MOST_MESSAGES:] == ["... and 2 more messages like these."]


def test_a_source_that_is_followed_for_long_does_not_fall_silent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Report() as shown:
        shown.tell(["known"] * (MOST_MESSAGES + 1))
        monkeypatch.setattr(report, "EVERY_SECONDS", 0.0)
        shown.tell(["news"])
    assert told(capsys)[MOST_MESSAGES:] == ["... and 1 more messages like these.", "news"]
