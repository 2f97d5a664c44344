"""An intake with one approved partner, and Bluesky on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest import intake_site
from tests.ingest.intake_site import Partner
from tests.ingest.sky import Sky


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


@pytest.fixture(params=[1, 2])
def sky(request: pytest.FixtureRequest) -> Iterator[Sky]:
    """Bluesky with a Jetstream of either version."""
    with Sky().up(request.param) as made:
        yield made


@pytest.fixture
def first() -> Iterator[Sky]:
    """Bluesky with a Jetstream of version 1."""
    with Sky().up(1) as made:
        yield made
