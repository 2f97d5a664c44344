"""Pages of reports, from templates."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["percent"] = lambda share: f"{100 * share:.1f} %"


def render(name: str, **values: object) -> str:
    """Fill a template of the folder `templates`."""
    return _templates.get_template(name).render(**values)
