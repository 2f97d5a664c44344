"""Platforms whose terms forbid this use unless they agree to it in writing. See docs/sources/gated.md."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from triage.contracts import Contract
from triage.errors import ConfigurationError

OPTION = "written_agreement"
SHORTEST = 5
"""Fewest characters of a reference; `true` and `yes` are none."""


class GatedOptions(Contract):
    """What every source of this kind has to say."""

    written_agreement: Annotated[str, Field(max_length=500)]
    """Reference of the agreement, such as `Contract 2026/118 with X Corp., 3 March 2026`."""
    most: Annotated[int, Field(gt=0, le=10_000)] = 500
    """Most posts of one reading, the first one as well: there is more than anybody can read or pay for."""


def require_agreement(source: str, options: Mapping[str, Any], why: str) -> None:
    """Return if a source names the agreement by which it may be read.

    Args:
        source: its name.
        options: as its entry gives them.
        why: why the platform may not be read without, and what has to be agreed.

    Raises:
        ConfigurationError: it names none.
    """
    agreement = options.get(OPTION)
    if isinstance(agreement, str) and len(agreement.strip()) >= SHORTEST:
        return
    raise ConfigurationError(
        f"The source {source} stays closed: {why} Then write into the source's entry: "
        f'{OPTION} = "reference of the agreement". See docs/sources/gated.md.'
    )
