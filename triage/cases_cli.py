"""Commands over the record: `cases`, `retry`, `rejected`."""

import getpass
from typing import Annotated, Any

import typer
from rich.table import Table

from triage import attempts, audit, cases, fleet, models, policy, post_readings, queue, rejections
from triage.db import session_scope
from triage.models import CaseState
from triage.screen import cell, note, out, print_json

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
EXCERPT = 60


def add_case_commands(app: typer.Typer) -> None:
    """Add this module's commands to `flagpost`."""
    app.command("cases", epilog="Example: flagpost cases --state all --json")(show_cases)
    app.command("retry", epilog="Examples: flagpost retry · flagpost retry 17 18")(retry)
    app.command("failed", epilog="Example: flagpost failed --json")(show_failed)
    app.command("rejected", epilog="Example: flagpost rejected --json")(show_rejected)


def show_cases(
    state: Annotated[str, typer.Option(help="open, dismissed, escalated or all.")] = "open",
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Show the review queue: most urgent first, then oldest."""
    if state != "all" and state not in list(CaseState):
        raise typer.BadParameter("choose open, dismissed, escalated or all", param_hint="--state")
    with fleet.services(), session_scope() as session:
        found = cases.queue(session, None if state == "all" else CaseState(state), limit)
        scores = cases.scores_of(session, [case.post_id for case in found])
        rows = [as_row(case, scores.get(case.post_id, [])) for case in found]
        who = f"shell:{getpass.getuser()}"
        audit.record(session, who, audit.Deed.CASES_LISTED, "cases", {"state": state, "cases": len(rows)})
    if as_json:
        print_json(rows)
    else:
        out.print(as_table(rows) if rows else "No cases. Post something with `flagpost run POSTS.jsonl`.")


def as_row(case: models.Case, scores: list[models.Score]) -> dict[str, Any]:
    """Return a case as the JSON object that `cases --json` lists."""
    return {
        "id": case.id,
        "source": case.post.source,
        "external_id": case.post.external_id,
        "revision": case.post.revision,
        "state": case.state,
        "priority": case.priority,
        "rule": case.rule,
        "action": case.action,
        "policy_version": case.policy_version,
        "opened_at": case.opened_at.isoformat(),
        "caption": case.post.caption,
        "scores": [_score(score) for score in scores],
    }


def _score(score: models.Score) -> dict[str, Any]:
    names = ("scorer", "version", "media_sha256", "probability", "level", "error")
    return {name: getattr(score, name) for name in names}


def as_table(rows: list[dict[str, Any]]) -> Table:
    """Return cases as a table for people: what, how urgent, which rule and what the models said."""
    table = Table(title=f"{len(rows)} cases", title_justify="left", show_lines=True)
    table.add_column("case", justify="right")
    table.add_column("priority", justify="right")
    table.add_column("why", ratio=2)
    table.add_column("post", ratio=3, overflow="fold")
    table.add_column("scores", no_wrap=True)
    for row in rows:
        edited = f" (revision {row['revision']})" if row["revision"] > 1 else ""
        post = f"{row['source']}/{row['external_id']}{edited}\n{_shorten(' '.join(row['caption'].split()))}"
        why = policy.current().title(row["rule"]) + ("" if row["state"] == "open" else f" ({row['state']})")
        table.add_row(*map(cell, (row["id"], row["priority"], why, post, _said(row["scores"]))))
    return table


def _shorten(text: str) -> str:
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def _said(scores: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{score['probability']:.2f} {score['level']} {score['scorer']}"
        if score["error"] is None
        else f"error {score['scorer']}"
        for score in scores
    )


def retry(
    post_ids: Annotated[
        list[int] | None, typer.Argument(help="Posts to retry; all failed ones by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Queue failed posts and unread pictures again, after what made them fail was mended."""
    with fleet.services():
        with session_scope() as session:
            ids = attempts.retry(session, post_ids)
            pictures = post_readings.retry(session, post_ids)
        queue.enqueue(ids)
        if pictures:
            queue.ring_reader()
    if as_json:
        print_json({"queued": ids, "pictures": pictures})
    else:
        note(f"{len(ids)} posts queued again, {pictures} pictures to be read again.")


def show_failed(
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 100, as_json: AsJson = False
) -> None:
    """Show posts that could not be scored and pictures that could not be read; `flagpost retry ID`."""
    with fleet.services(), session_scope() as session:
        posts = [
            (post.id, f"{post.source}/{post.external_id}", None, post.failure)
            for post in attempts.failed(session, limit)
        ]
        pictures = [
            (unread.post_id, unread.post, unread.sha256, unread.reason)
            for unread in post_readings.failures(session, limit=limit)
        ]
    rows = [dict(zip(("id", "post", "picture", "reason"), row, strict=True)) for row in (*posts, *pictures)]
    _show(rows, "failed posts and pictures", as_json)


def show_rejected(
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 100, as_json: AsJson = False
) -> None:
    """Show items that could not be stored as posts, and why."""
    with fleet.services(), session_scope() as session:
        found = rejections.recent(session, limit)
        rows = [
            {"source": row.source, "place": row.place, "reason": row.reason, "rejected_at": row.rejected_at}
            for row in found
        ]
    _show(rows, "rejected items", as_json)


def _show(rows: list[dict[str, Any]], what: str, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    table = Table(*(rows[0] if rows else ()), title=f"{len(rows)} {what}", title_justify="left")
    for row in rows:
        table.add_row(*("" if value is None else cell(value) for value in row.values()))
    out.print(table if rows else f"No {what}.")
