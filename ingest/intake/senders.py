"""Who may send: the sources of FLAGPOST_SOURCES whose adapter is `intake`, and the keys that they sign with.

    [partner]
    adapter = "intake"
    secrets = [{ file = "/run/secrets/partner" }, { env = "PARTNER_OLD_SECRET" }]

Secrets lie in files or in the environment, never in the file of sources; several, while they change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, NoReturn

from pydantic import Field, ValidationError

from ingest import sources
from ingest.intake.signatures import key_of
from ingest.secret import SecretPlace
from triage.contracts import Contract
from triage.errors import ConfigurationError

ADAPTER = "intake"


@dataclass(frozen=True, slots=True)
class Sender:
    """A source that sends to us."""

    name: str
    keys: tuple[bytes, ...] = field(repr=False)
    """Any one of them signs."""
    fetch_pictures: bool = False
    """Whether pictures that it names by address are fetched."""


class Secret(SecretPlace):
    """Where a secret lies that signs."""

    def key(self) -> bytes:
        """Return the key.

        Raises:
            ValueError: there is none; the message names the place, never what lies there.
        """
        text = self.text()
        try:
            return key_of(text)
        except ValueError as error:
            raise ValueError(f"the secret of {self.file or self.env}: {error}") from error


class Options(Contract):
    """What an entry of the file of sources says beside its adapter."""

    secrets: Annotated[tuple[Secret, ...], Field(min_length=1)]
    fetch_pictures: bool = False


def senders() -> dict[str, Sender]:
    """Return all senders by name.

    Raises:
        ConfigurationError: there is none, or an entry is wrong; the message names it.
    """
    found = {
        name: _sender(name, source.model_extra or {})
        for name, source in sources.configured().items()
        if source.adapter == ADAPTER
    }
    if not found:
        raise ConfigurationError(
            f'No source sends to us: give one in FLAGPOST_SOURCES adapter = "{ADAPTER}". '
            "See docs/sources/intake.md."
        )
    _check_keys(found)
    return found


def from_options(source: str, _options: Mapping[str, Any]) -> NoReturn:
    """Refuse to read such a source: nothing is fetched from it, it comes.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{source} sends its posts to us. Run `flagpost intake`.")


def _sender(name: str, given: Mapping[str, Any]) -> Sender:
    try:
        options = Options.model_validate(given)
        keys = tuple(secret.key() for secret in options.secrets)
    except ValidationError as error:
        raise ConfigurationError(
            f"The source {name} is configured wrongly: {sources.wrong(error)}"
        ) from error
    except ValueError as error:
        raise ConfigurationError(f"The source {name} is configured wrongly: {error}.") from error
    return Sender(name, keys, options.fetch_pictures)


def _check_keys(found: Mapping[str, Sender]) -> None:
    """Refuse a key that two sources share: with it each could speak for the other."""
    owners: dict[bytes, str] = {}
    for sender in found.values():
        for key in sender.keys:
            if owners.setdefault(key, sender.name) != sender.name:
                raise ConfigurationError(
                    f"The sources {owners[key]} and {sender.name} share a secret. Give each its own."
                )
