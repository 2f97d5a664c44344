"""Reports as folders that can be read anywhere: report.html, report.json and their PNGs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from worker.evaluation.figures import TITLES

PAGE, DATA = "report.html", "report.json"

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["percent"] = lambda share: f"{100 * share:.1f} %"


@dataclass(frozen=True)
class Picture:
    """A PNG of a report: its file name, and a sentence that says how to read it."""

    file: str
    text: str


def write(folder: Path, template: str, summary: dict[str, Any], **values: object) -> Path:
    """Write a report's page and its JSON; return the page.

    Args:
        folder: where the report's PNGs are already.
        template: of the folder `templates`; it finds the summary as `found`.
        summary: all figures.
        values: what else the template wants.
    """
    page = _templates.get_template(template).render(found=summary, titles=TITLES, data_file=DATA, **values)
    data = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
    for name, content in ((PAGE, page), (DATA, data)):
        (folder / name).write_text(
            content, encoding="utf-8", errors="replace"
        )  # captions may hold half an emoji
    return folder / PAGE
