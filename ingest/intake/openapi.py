"""What the intake's OpenAPI document says beside what FastAPI finds: headers, bodies, answers, with examples.

Tests send its requests to a real intake, and compare its answers.
"""

from collections.abc import Mapping
from typing import Any

from ingest.intake.answers import Problem, Result, Status, answer
from ingest.intake.desk import NOT_AUTHENTIC, SOURCE
from ingest.intake.gate import ASK
from ingest.intake.sent import SentPost

HEADERS = {
    SOURCE: "partner",
    "webhook-id": "msg_17",
    "webhook-timestamp": "1795300000",
    "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg=="
CAPTION = {"id": "17", "text": "A caption", "posted_at": "2026-11-21T08:30:00Z", "author": "someone"}
PICTURE = {"id": 18, "text": "Look", "media": [{"path": "a.png", "alt": "A black dot", "content": PIXEL}]}
LINES = '{"id": "17", "text": "A"}\n{"id": "19", "text": "B"}\n'
FORM = {
    "post": {"id": "20", "text": "Look", "media": [{"path": "a.png", "alt": "A black dot"}]},
    "a.png": "the bytes of the picture",
}
TAKEN = answer(
    (
        Result(index=0, id="17", status=Status.STORED),
        Result(index=1, id="18", status=Status.REJECTED, why="unknown field 'colour'"),
    )
)
REFUSALS: Mapping[int, tuple[str, str, str]] = {
    401: ("Not authentic: source, signature or time is wrong.", *NOT_AUTHENTIC),
    403: ("Nobody answers for the source now.", "Nobody answers for the source partner now.", ASK),
    408: (
        "The body took too long to arrive.",
        "The body took longer than 30 s to arrive.",
        "Send less at a time.",
    ),
    413: (
        "Too many bytes, posts or pictures.",
        "The request holds more than 1000 posts.",
        "Send them in several requests.",
    ),
    415: (
        "Another content type, or compressed.",
        "Compressed bodies are not read.",
        "Send the body as it is.",
    ),
    422: (
        "No post in the body, or a form that cannot be read.",
        "The body holds no post.",
        "See docs/sources/intake.md.",
    ),
    429: (
        "Too many posts wait for their scores.",
        "More than 100000 posts wait for their scores.",
        "Send them again later, and slower.",
    ),
    431: ("Too many headers.", "The request has over 64 headers.", "Send fewer."),
    500: (
        "Something broke: send it again.",
        "Something broke in Flagpost; it is not known what was stored.",
        "Send the request again: what is stored already counts as a duplicate.",
    ),
    503: ("Not now.", "Flagpost cannot store posts now.", "Send the request again."),
}
"""By status: when it is answered, and an example of its two sentences."""
WAITING = (429, 503)
WAIT = {
    "Retry-After": {
        "description": "Seconds after which the same request may be taken.",
        "required": True,
        "schema": {"type": "integer"},
        "example": 10,
    }
}
PLAIN = {"text/plain": {"schema": {"type": "string"}, "example": "no database\n"}}
HEALTH: dict[int | str, dict[str, Any]] = {503: {"description": "No database.", "content": PLAIN}}


def request() -> dict[str, Any]:
    """Describe headers and bodies."""
    post = _post()
    lines = {"schema": {"type": "string"}, "example": LINES}
    examples = {"caption": {"value": CAPTION}, "picture": {"value": PICTURE}}
    form = {
        "type": "object",
        "required": ["post"],
        "properties": {"post": post},
        "additionalProperties": {"type": "string", "contentMediaType": "application/octet-stream"},
    }
    content = {
        "application/json": {"schema": post, "examples": examples},
        "application/x-ndjson": lines,
        "application/jsonl": lines,
        "multipart/form-data": {"schema": form, "example": FORM},
    }
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "example": example}
        for name, example in HEADERS.items()
    ]
    return {"parameters": headers, "requestBody": {"required": True, "content": content}}


def responses() -> dict[int | str, dict[str, Any]]:
    """Describe the answers, each with an example."""
    taken = {"description": "Taken: see each post's result.", **_example(TAKEN.model_dump(mode="json"))}
    refused: dict[int | str, dict[str, Any]] = {
        status: {
            "model": Problem,
            "description": words,
            **({"headers": WAIT} if status in WAITING else {}),
            **_example({"error": error, "what_to_do": what_to_do}),
        }
        for status, (words, error, what_to_do) in REFUSALS.items()
    }
    return {202: taken, **refused}


def _post() -> dict[str, Any]:
    """Describe a post as it comes: our types are those after reading."""
    schema = SentPost.model_json_schema(mode="validation")
    media = schema.pop("$defs")["SentMedia"]
    schema["properties"]["media"]["items"] = media
    schema["properties"]["id"]["type"] = ["string", "integer"]
    schema["required"] = ["id"]  # the source is the sender's
    return schema


def _example(value: object) -> dict[str, Any]:
    return {"content": {"application/json": {"example": value}}}
