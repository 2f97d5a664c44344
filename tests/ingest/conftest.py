"""An intake with one approved partner."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest import intake_site
from tests.ingest.intake_site import Partner


@pytest.fixture
def partner(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Partner]:
    """Somebody approved whose posts an intake takes. Parametrize it indirectly with settings."""
    secret = intake_site.new_secret()
    intake_site.configure(tmp_path, monkeypatch, secret, **getattr(request, "param", {}))
    intake_site.approve()
    with intake_site.serving() as url:
        yield Partner(url, secret)
