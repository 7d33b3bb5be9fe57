"""What a wait is for, as it is written: a length of time, `until monday 09:00`, `until moment.starts_at - 24 hours`."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from cjo.spec.common import Strict
from cjo.spec.durations import parse_duration_ms

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Word -> weekdays that it means, 0 for Monday.
DAYS: dict[str, list[int]] = {name: [number] for number, name in enumerate(_NAMES)}
DAYS |= {"weekday": [0, 1, 2, 3, 4], "weekend": [5, 6]}

_PATTERN = r"^(until\s+.+|\s*[0-9]+(\.[0-9]+)?\s*[a-z]+(\s+[0-9]+(\.[0-9]+)?\s*[a-z]+)*\s*)$"
_UNTIL = re.compile(r"until\s+(.+)", re.DOTALL).fullmatch
_LOCAL = re.compile(r"(?:([A-Za-z]+)\s+)?([0-9]{1,2}):([0-9]{2})").fullmatch
_SLOPPY = re.compile(r"(?:([A-Za-z]+)\s+)?([0-9]{1,2})(?:[.:h]([0-9]{2}))?\s*(?:h|uhr|o'clock)?").fullmatch
_TIME = re.compile(r"([A-Za-z][\w-]*\.[\w-]+)(?:\s+([+-])\s+(.+))?").fullmatch
_EXAMPLES = ["1 day", "until 09:00", "until monday 09:00", "until weekday 09:00", "until moment.starts_at - 24 hours"]


class LocalTime(Strict):
    """The next local time of day, on some weekdays or on any (rule T5)."""

    days: list[int] | None
    minute: int


class TimeOf(Strict):
    """A point in time that the moment, the profile or a variable holds, and how long after it."""

    of: str
    add_ms: int


def _read(value: Any) -> int | LocalTime | TimeOf:
    found = _UNTIL(value.strip()) if isinstance(value, str) else None
    if found:
        return _until(found.group(1).strip())
    if not isinstance(value, str):
        raise PydanticCustomError("duration", "'{got}' is not a length of time", {"got": str(value)})
    try:
        return parse_duration_ms(value)
    except ValueError as error:
        raise PydanticCustomError("duration", "{said}", {"said": str(error)}) from None


def _until(text: str) -> LocalTime | TimeOf:
    local, time = _LOCAL(text), _TIME(text)
    if local:
        return _local(*local.groups())
    if time is None:
        raise _wrong(f"'{text}' is neither a local time nor the name of a point in time", _nearly(text))
    try:
        length_ms = parse_duration_ms(time.group(3)) if time.group(2) else 0
    except ValueError as error:
        raise _wrong(str(error)) from None
    return TimeOf(of=time.group(1), add_ms=-length_ms if time.group(2) == "-" else length_ms)


def _local(day: str | None, hour: str, minute: str) -> LocalTime:
    if day is not None and day.lower() not in DAYS:
        near = difflib.get_close_matches(day.lower(), DAYS, n=1)
        raise _wrong(f"'{day}' is no day" + (f", did you mean '{near[0]}'?" if near else f": {', '.join(DAYS)}"))
    if int(hour) > 23 or int(minute) > 59:
        raise _wrong(f"'{hour}:{minute}' is no time of day, from 00:00 to 23:59")
    return LocalTime(days=DAYS[day.lower()] if day else None, minute=int(hour) * 60 + int(minute))


def _nearly(text: str) -> str | None:
    """What may be meant by a local time that is not quite one: `weekdays 9` is `until weekday 09:00`."""
    found = _SLOPPY(text)
    if found is None or int(found[2]) > 23 or int(found[3] or 0) > 59:
        return None
    days = difflib.get_close_matches(found[1].lower(), DAYS, n=1) if found[1] else [""]
    return f"did you mean `until {f'{days[0]} '.lstrip()}{int(found[2]):02}:{found[3] or '00'}`?" if days else None


def _wrong(said: str, hint: str | None = None) -> PydanticCustomError:
    return PydanticCustomError("until", "{said}", {"said": said, "hint": hint})


_WRITTEN = Annotated[str, Field(json_schema_extra={"type": "string", "pattern": _PATTERN, "examples": _EXAMPLES})]
#: Milliseconds, or what is waited until.
Waited = Annotated[int | LocalTime | TimeOf, BeforeValidator(_read, json_schema_input_type=_WRITTEN)]
