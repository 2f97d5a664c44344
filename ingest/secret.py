"""Where a secret of a source lies: in a file or in the environment, never in the file of sources.

password = { file = "/run/secrets/tips" }
password = { env = "TIPS_PASSWORD" }
"""

import os
from pathlib import Path
from typing import Any

from pydantic import model_validator

from triage.contracts import Contract

HOW = 'write { file = "PATH" } or { env = "NAME" }'


class SecretPlace(Contract):
    """A file or an environment variable that holds one secret."""

    file: Path | None = None
    env: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_secret(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the TOML held
        """A secret written down in place of its place is refused, and not repeated."""
        if not isinstance(value, dict | SecretPlace):
            raise ValueError(f"a secret does not belong into this file; {HOW}")  # noqa: TRY004, for pydantic
        return value

    @model_validator(mode="after")
    def _one_place(self) -> "SecretPlace":
        if (self.file is None) == (self.env is None):
            raise ValueError(HOW)
        return self

    def text(self) -> str:
        """Return the secret, without the white space around it.

        Raises:
            ValueError: there is none, or it is more than a line; the message names the place alone.
        """
        try:
            found = (self.file.read_text("utf-8") if self.file else os.environ[str(self.env)]).strip()
        except (OSError, KeyError, ValueError) as error:
            why = "is not set" if isinstance(error, KeyError) else getattr(error, "strerror", "is not UTF-8")
            raise ValueError(f"the secret of {self.file or self.env}: {why}") from None
        if not found or not found.isprintable():
            raise ValueError(f"the secret of {self.file or self.env} is not one line of text")
        return found
