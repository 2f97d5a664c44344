"""Write docs/settings.md from the settings themselves: `python tools/settings_page.py` (or `make docs`)."""

import sys
from pathlib import Path

from triage.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
HEAD = """# Settings

Made from `triage/settings.py` by `make docs`. Each is an environment variable, a line in `.env` in
the working directory, or a file of that name (in lower case) under `/run/secrets`; the first one set wins.

| setting | default | meaning |
|---|---|---|
"""


def page() -> str:
    """Return the page as Markdown."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = (
            ",".join(map(str, default))
            if isinstance(default, tuple)
            else ""
            if default is None
            else str(default)
        )
        meaning = " ".join((field.description or "").split())
        rows.append(f"| `FLAGPOST_{name.upper()}` | {f'`{shown}`' if shown else ''} | {meaning} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE} written\n")
