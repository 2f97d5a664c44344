"""CSV with a header: the columns are the fields of a line, pictures separated by `;`."""

import csv
from collections.abc import Iterator
from functools import cached_property
from typing import Any, BinaryIO

from ingest.adapters.text_file import Record, TextFileAdapter
from ingest.fields import PostFields, check, decode
from ingest.lines import Line, read_lines
from triage.errors import PostRejected
from triage.settings import get_settings

COLUMNS = frozenset(PostFields.model_fields)


class CsvAdapter(TextFileAdapter):
    """Reads comma-separated rows; a caption may go over several lines in quotes.

    A row that cannot be read costs its first line only: after it, reading goes on at the next line, so
    that one stray quote does not swallow the rest of the file.
    """

    @cached_property
    def _header(self) -> Record | None:
        with self.path.open("rb") as file:
            return next(_rows(file, 1), None)

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        return tuple(cell.strip() for cell in self._header.cells) if self._header else ()

    def _file_problem(self) -> str | None:
        if self._header is None:
            return None
        if self._header.problem:
            return f"the header cannot be read: {self._header.problem}"
        return _header_problem(self._columns)

    def _records(self, file: BinaryIO, line: int) -> Iterator[Record]:
        rows = _rows(file, line)
        return (row for row in rows if row.line > 1)

    def _fields(self, record: Record) -> PostFields:
        if len(record.cells) != len(self._columns):
            raise PostRejected(f"the row has {len(record.cells)} cells, the header {len(self._columns)}")
        pairs = zip(self._columns, record.cells, strict=True)
        given: dict[str, Any] = {name: cell for name, cell in pairs if cell}
        if "media" in given:
            given["media"] = [{"path": path.strip()} for path in given["media"].split(";") if path.strip()]
        return check(given, self.source)


def _header_problem(columns: tuple[str, ...]) -> str | None:
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        known = ", ".join(PostFields.model_fields)
        return f"unknown column {unknown[0][:60]!r}; separated by commas, the columns may be {known}"
    if len(set(columns)) < len(columns):
        return "the header names a column twice"
    return None if "id" in columns else "the header has no column 'id'"


def _rows(file: BinaryIO, line: int) -> Iterator[Record]:
    csv.field_size_limit(3 * get_settings().max_line_bytes)  # `_text` stops long rows before that
    while (row := _row(file, line)) is not None:
        line = row.next_line
        yield row


def _row(file: BinaryIO, line: int) -> Record | None:
    """Read the row that begins at the file's position, and leave the position after it."""
    taken: list[Line] = []
    try:
        cells = next(csv.reader(_text(file, line, taken), strict=True), None)
    except (csv.Error, PostRejected) as error:
        first = taken[0]
        file.seek(first.end)
        return Record(line, line + 1, first.end, first.raw, problem=f"not a row of CSV: {error}")
    if cells is None:
        return None
    raw = b"\n".join(one.raw for one in taken)
    return Record(line, taken[-1].number + 1, taken[-1].end, raw, tuple(cells))


def _text(file: BinaryIO, line: int, taken: list[Line]) -> Iterator[str]:
    """Yield the lines of one row as text, and note each in `taken`."""
    limit = get_settings().max_line_bytes
    for one in read_lines(file, line, limit):
        taken.append(one)
        if one.too_long or one.end - taken[0].end > limit:
            raise PostRejected(f"longer than {limit} bytes (FLAGPOST_MAX_LINE_BYTES); is a quote not closed?")
        yield decode(one.raw) + "\n"
