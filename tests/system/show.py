"""A story as a person reads it: what authors wrote, then each customer's touchpoints and what was decided on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.system.compiled import Ready
from tests.system.host.job import play
from tests.system.play import play_story
from tests.system.seen import Record, Seen
from tests.system.story import Story
from tests.system.yaml_text import yaml_text

_BORING = {"templates/hello.yaml", "templates/again.yaml", "tracking.yaml"}


def shown(story: Story, customer: str | None = None) -> str:
    """The whole story, or of what happened only that of one customer."""
    lines = [f"# seed {story.seed}, {story.faults}, live from {_time(story.live_from_ms)}"]
    for path, documents in story.documents.items():
        if path not in _BORING:
            lines += [f"# {path}", yaml_text(documents)]
    for change in story.changes:
        lines += [f"# published before record {change.position}", yaml_text(change.documents["journeys.yaml"][1:])]
    seen = Seen(ready := Ready(story), play(ready))
    for subject in [customer] if customer else sorted(seen.rows):
        lines += [f"# {subject}", *_customer(seen, subject)]
    lines += [f"BROKEN {one.check}: {one.said}" for one in play_story(story).broken]
    return "\n".join(lines)


def _customer(seen: Seen, subject: str) -> Iterator[str]:
    told: dict[int, list[str]] = {}
    for one in (*seen.moments, *seen.decisions, *seen.actions):
        if subject in (one.record.get("customer_id"), one.record.get("subject")):
            told.setdefault(one.known, []).append(f"        {'T' if one.by_time else ' '} {_record(one.record)}")
    for number, row in enumerate(seen.rows[subject], start=1):
        yield f"{number:3} {_time(row['at'])} {_values(row, ('type', 'event_id', 'basket_id', 'product_id'))} " + str(
            row.get("attributes") or ""
        )
        yield from told.get(number, [])
    yield f"left: {seen.outcome.kept.heads.get(subject)!r}"


def _record(one: Record) -> str:
    if "signal" in one:
        return f"{_time(one['at'])} MOMENT {_values(one, ('signal', 'key', 'late_ms', 'moment_id', 'values'))}"
    if "address" in one:
        return f"{_time(one['decided_at'])} ACTION {_values(one, ('kind', 'step', 'channel', 'action_id', 'address'))}"
    names = ("kind", "outcome", "reason", "journey", "step", "visit", "run_key", "run_id", "inputs")
    return f"{_time(one['decided_at'])} {_values(one, names)}"


def _values(one: Record, names: tuple[str, ...]) -> str:
    return " ".join(_short(one[name]) for name in names if one.get(name) not in (None, "", {}))


def _short(value: Any) -> str:
    text = str(value)
    return text[:8] if len(text) == 32 and " " not in text else text


def _time(at_ms: int | None) -> str:
    return "always" if at_ms is None else f"{datetime.fromtimestamp(at_ms / 1000, UTC):%m-%d %H:%M:%S.%f}"[:-3]
