"""What is said of how things are where a publication or a submission breaks off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cjo.client.words import iso
from cjo.errors import CjoError
from cjo.settings import Settings
from cjo.submission import control

if TYPE_CHECKING:
    from cjo.submission.replace import Replaced


@contextmanager
def telling(how: Callable[[], str | None], tell: Callable[[str], None]) -> Iterator[None]:
    """With an error goes `how` things are then; with an interruption it is told."""
    try:
        yield
    except BaseException as error:
        said = how()
        if said and isinstance(error, CjoError):
            error.message = f"{error.message}\n{said}"
        elif said:
            tell(said)
        raise


def how_far(settings: Settings, tried: list[control.Record]) -> str:
    """How much of what was to be published the topic has, though the broker's answer never came."""
    try:
        known = control.recorded(settings) if tried else []
    except CjoError as error:
        said = f"whether anything was published is not known, for {error.message}"
        return f"{said}; `cjo plan` tells it, and `cjo apply` publishes what is not"
    there = {_what(one) for one in known}
    return _published(tried, [one for one in tried if _what(one) in there])


def _what(record: control.Record) -> tuple[Any, ...]:
    """What a record publishes, of which content."""
    return record["kind"], record["name"], record["revision"], record.get("version")


def _published(tried: list[control.Record], found: list[control.Record]) -> str:
    if not found:
        return "nothing was published: signals and journeys go on as they were"
    at = f"effective at {iso(found[0]['effective_at_ms'])} of the log's time"
    if len(found) == len(tried):
        return f"all of it was published nevertheless, {at}; `cjo plan` tells whether anything is left to do"
    part = f"{len(found)} of {len(tried)} records"
    return f"a part was published nevertheless ({part}), {at}: apply again to publish the rest"


def runs_as(replaced: Replaced | None) -> str:
    """That the job was replaced for a publication that did not come about; nothing where it was not."""
    if replaced is None:
        return ""
    return f"; the job runs as {replaced.job}, with a filter for what was to be published and the new settings"


def untold(records: list[control.Record], replaced: Replaced) -> str:
    """That a job which was told of `records` runs, though the topic may not know of them."""
    at = f", and changes at {iso(records[0]['effective_at_ms'])} of the log's time" if records else ""
    return (
        f"the new job runs as {replaced.job}{at}, whatever the topic control was told of it; apply again: what the "
        "topic does not know is written then, and changes nothing in the job"
    )
