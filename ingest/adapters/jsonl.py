"""JSON lines: one post a line. `docs/posts.md` describes the fields."""

from collections.abc import Iterator
from typing import BinaryIO

from ingest.adapters.text_file import Record, TextFileAdapter
from ingest.fields import PostFields, check, parse_json
from ingest.lines import read_lines
from triage.settings import get_settings


class JsonlAdapter(TextFileAdapter):
    """Reads one JSON object a line."""

    def _records(self, file: BinaryIO, line: int) -> Iterator[Record]:
        limit = get_settings().max_line_bytes
        problem = f"the line is longer than {limit} bytes (FLAGPOST_MAX_LINE_BYTES)"
        for one in read_lines(file, line, limit):
            yield Record(
                one.number, one.number + 1, one.end, one.raw, problem=problem if one.too_long else None
            )

    def _fields(self, record: Record) -> PostFields:
        return check(parse_json(record.raw), self.source)
