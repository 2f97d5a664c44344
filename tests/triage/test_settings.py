from pathlib import Path

import pytest

from tools import settings_page
from triage.errors import ConfigurationError
from triage.settings import Settings, get_settings


def test_the_settings_page_says_what_the_settings_are() -> None:
    assert settings_page.PAGE.read_text() == settings_page.page(), "run `make docs`"


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_scorers_are_read_from_a_comma_separated_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_SCORERS", "toy_text, toy_image")
    assert get_settings().scorers == ("toy_text", "toy_image")


def test_an_empty_address_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_DATABASE_URL", "")
    assert get_settings().database_url is None


def test_a_wrong_setting_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_BATCH_SIZE", "many")
    with pytest.raises(ConfigurationError, match="FLAGPOST_BATCH_SIZE"):
        get_settings()


def test_a_secret_file_sets_a_setting(tmp_path: Path) -> None:
    (tmp_path / "flagpost_author_key").write_text("k" * 40)
    assert Settings(_secrets_dir=tmp_path).author_key == "k" * 40
