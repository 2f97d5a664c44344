"""`flagpost source`: approvals on the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ingest import source_cli, terms
from tests.conftest import forget
from triage.errors import NotApproved

pytestmark = pytest.mark.usefixtures("database")
GIVEN = (
    "--by",
    "Capt. R. Example",
    "--authority",
    "State Act 12",
    "--use",
    "triage",
    "--expires",
    "2199-06-30",
)


def source(*arguments: str) -> Result:
    return CliRunner().invoke(source_cli.app, arguments)


def test_an_approved_source_is_listed_with_who_answers_for_it_and_may_be_read() -> None:
    assert source("approve", "fediverse", *GIVEN).exit_code == 0
    terms.require("fediverse")
    (row,) = json.loads(source("status", "--json").stdout)
    assert (row["source"], row["state"], row["approved_by"]) == ("fediverse", "approved", "Capt. R. Example")
    assert row["until"].startswith("2199-06-30 23:59:59")
    assert (row["lag_seconds"], row["error"]) == (None, None)
    shown = source("status").output
    assert all(word in shown for word in ("fediverse", "2199-06-30", "Example", "State", "never"))


def test_a_withdrawn_source_is_listed_as_such_and_not_read() -> None:
    source("approve", "fediverse", *GIVEN)
    assert source("withdraw", "fediverse", "--by", "Capt. R. Example", "--why", "ended").exit_code == 0
    assert json.loads(source("status", "--json").stdout)[0]["state"] == "withdrawn"
    with pytest.raises(NotApproved):
        terms.require("fediverse")


def test_an_approval_needs_all_its_parts() -> None:
    result = source("approve", "fediverse", *GIVEN[:-2])
    assert result.exit_code == 2
    assert "--expires" in result.output


def test_a_configured_source_that_nobody_answers_for_is_listed_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sources.toml").write_text("[drops]\nadapter = 'files'\npath = '/srv'\n")
    monkeypatch.setenv("FLAGPOST_SOURCES", str(tmp_path / "sources.toml"))
    forget()
    source("approve", "fediverse", *GIVEN)
    rows = json.loads(source("status", "--json").stdout)
    assert [(row["source"], row["state"]) for row in rows] == [
        ("drops", "not approved"),
        ("fediverse", "approved"),
    ]
    assert rows[0]["until"] is None
    assert "not approved" in source("status").output


def test_an_approval_of_a_source_that_is_not_configured_is_recorded_and_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "cannot be read yet" not in source("approve", "fedivrse", *GIVEN).stderr
    (tmp_path / "sources.toml").write_text("[fediverse]\nadapter = 'files'\npath = '/srv'\n")
    monkeypatch.setenv("FLAGPOST_SOURCES", str(tmp_path / "sources.toml"))
    forget()
    misspelt = source("approve", "fedivrse", *GIVEN)
    assert misspelt.exit_code == 0
    assert "There is no source 'fedivrse'. Known: fediverse." in " ".join(misspelt.stderr.split())
    terms.require("fedivrse")
    assert "cannot be read yet" not in source("approve", "fediverse", *GIVEN).stderr


def test_a_name_that_cannot_be_one_is_refused_without_naming_options_that_are_not_there() -> None:
    error = source("approve", "", *GIVEN).exception
    assert "source's name '' cannot be used" in str(error)
    assert "--source" not in str(error)


def test_with_no_source_the_list_says_where_to_begin() -> None:
    assert "docs/sources/README.md" in source("status").stderr
