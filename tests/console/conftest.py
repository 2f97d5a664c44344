"""A console on the real database, and visitors to it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from starlette.testclient import TestClient

from tests.desk import PASSWORD, add_analyst
from triage import identity
from triage.console.app import create_app


@dataclass
class Visitor:
    """Somebody with a browser: fills in forms with the token that the page before gave them."""

    client: TestClient

    def get(self, path: str) -> str:
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return response.text

    def token(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path))
        assert found, f"{path} has no form"
        return found[1]

    def log_in(self, name: str = "anna", password: str = PASSWORD) -> int:
        form = {"csrf": self.token("/login"), "name": name, "password": password}
        return self.client.post("/login", data=form, follow_redirects=False).status_code


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2, at its lowest cost: these tests log in often."""
    monkeypatch.setattr(identity, "_hasher", PasswordHasher.from_parameters(CHEAPEST))


@pytest.fixture
def stranger(database: None) -> Iterator[Visitor]:
    with TestClient(create_app(), raise_server_exceptions=False) as client:
        yield Visitor(client)


@pytest.fixture
def anna(stranger: Visitor) -> Visitor:
    add_analyst()
    assert stranger.log_in() == 303
    return stranger
