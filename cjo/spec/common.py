"""What the wire models share: strictness, durations, times, names, and the short forms of a match."""

from __future__ import annotations

import re
import zoneinfo
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from cjo.spec.durations import PATTERN, parse_duration_ms
from cjo.spec.problems import nearest

#: Stands where a wrong value was taken out, so that everything else can still be checked. Checks pass over it.
UNKNOWN = "\0"

DAY_MS = 86_400_000
_DAYS_MAX = 366

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}").fullmatch
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}").fullmatch
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*").fullmatch


AUTHORS = "what an author wrote"
"""The context in which a document is checked."""


class Strict(BaseModel):
    """A wire model: nothing unknown, nothing converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_left_empty(cls, written: Any, info: ValidationInfo) -> Any:
        """A key of an author with nothing behind it was forgotten: as if it were absent it could mean everybody."""
        if info.context == AUTHORS and isinstance(written, dict):
            known = {field.alias or name for name, field in cls.model_fields.items()}
            for key in written:
                if written[key] is None and key in known:
                    raise PydanticCustomError("empty_key", "`{key}` is empty", {"key": key})
        return written


def _duration(value: Any) -> int:
    if not isinstance(value, str):
        raise PydanticCustomError("duration", "'{got}' is not a length of time", {"got": str(value)})
    try:
        return parse_duration_ms(value)
    except ValueError as error:
        raise PydanticCustomError("duration", "{said}", {"said": str(error)}) from None


def _or_word(*words: str) -> BeforeValidator:
    """A duration of more than zero, or one of the words that stand for another rule."""
    wanted = Annotated[str, Field(description=f"a length of time, or {', '.join(f'`{word}`' for word in words)}")]
    read = lambda value: value if value in words else _positive(_duration(value))  # noqa: E731
    return BeforeValidator(read, json_schema_input_type=wanted)


def _zone(value: str) -> str:
    zones = zoneinfo.available_timezones()
    if value not in zones:
        near = nearest(value, sorted(zones))
        hint = f"did you mean '{near}'?" if near else "write region and city, like `Europe/Zurich`, or `UTC`"
        raise PydanticCustomError("time", "'{got}' is not a time zone", {"got": value, "hint": hint})
    return value


_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]").fullmatch


def _time_of_day(value: Any) -> str:
    if not isinstance(value, str) or not _CLOCK(value):
        hint = "write it like `09:00`, from `00:00` to `23:59`"
        raise PydanticCustomError(
            "time", "'{got}' is not a time of day like '09:00'", {"got": str(value), "hint": hint}
        )
    return value


def _whole_days(value: int) -> int:
    if value % DAY_MS:
        raise PydanticCustomError("duration", "expected whole days: they are counted in the calendar", {})
    if value > _DAYS_MAX * DAY_MS:
        raise PydanticCustomError("duration", "expected at most {days} days", {"days": _DAYS_MAX})
    return value


def _named(value: str) -> str:
    if value != UNKNOWN and not _NAME(value):
        raise PydanticCustomError("bad_name", "'{got}' is not a name", {"got": value})
    return value


def _worded(value: str) -> str:
    if not _WORD(value):
        hint = "use letters, digits and `_`, and begin with a letter"
        raise PydanticCustomError(
            "bad_name", "'{got}' is not a name of letters, digits and _", {"got": value, "hint": hint}
        )
    return value


def _localed(value: str) -> str:
    if value != UNKNOWN and not _LOCALE(value):
        hint = "write a language, and where it matters a region"
        raise PydanticCustomError(
            "bad_name", "'{got}' is not a locale such as en or de-CH", {"got": value, "hint": hint}
        )
    return value


def _positive(value: int) -> int:
    if value <= 0:
        raise PydanticCustomError("duration", "must be longer than zero", {})
    return value


_WORDS = {"type": "string", "pattern": PATTERN, "examples": ["30 minutes", "7 days", "1 day 12 hours", "90 s"]}


#: Milliseconds, written in words; zero is allowed.
Duration = Annotated[
    int, BeforeValidator(_duration, json_schema_input_type=Annotated[str, Field(json_schema_extra=_WORDS)])
]
#: Milliseconds, written in words; more than zero.
PositiveDuration = Annotated[Duration, AfterValidator(_positive)]
#: The same, of whole days.
Days = Annotated[Duration, AfterValidator(_whole_days)]
#: A local time of day, `HH:MM` of 24 hours.
TimeOfDay = Annotated[
    str,
    BeforeValidator(
        _time_of_day,
        json_schema_input_type=Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])],
    ),
]
#: Milliseconds, or the word itself.
DurationOrExit = Annotated[int | str, _or_word("exit")]
DurationOrCalendar = Annotated[int | str, _or_word("day", "week", "month")]
DurationOrForEver = Annotated[int | str, _or_word("for ever")]
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, AfterValidator(_named)]
Word = Annotated[str, AfterValidator(_worded)]
#: A language, and where it matters a region: `en`, `de-CH`.
Locale = Annotated[str, AfterValidator(_localed)]


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], Field(min_length=1), BeforeValidator(_one_or_many, json_schema_input_type=str | list[str])]


class Match(Strict):
    """Touchpoints of some types, optionally under a condition."""

    on: Names = Field(description="touchpoint type, or a list of them")
    where: str | None = Field(None, description="SQL condition over the touchpoint's fields and attributes")


class RunMatch(Match):
    """Touchpoints that concern a run."""

    match: Literal["key", "customer"] | None = Field(
        None,
        description="which runs: those of the same business key (default where there is one), or all of the customer's",
    )


class BranchMatch(RunMatch):
    """Touchpoints that end a wait, and where to go then."""

    then: str | None = Field(None, description="step id or `exit`; by default the next step")


def _as_matches(value: Any) -> Any:
    found = value if isinstance(value, list) else [value]
    return [{"on": item} if isinstance(item, str) else item for item in found]


#: A bare type name, a match, or a list of both; always a list of matches once read.
Matches = Annotated[list[Match], BeforeValidator(_as_matches, json_schema_input_type=str | Match | list[str | Match])]
RunMatches = Annotated[
    list[RunMatch], BeforeValidator(_as_matches, json_schema_input_type=str | RunMatch | list[str | RunMatch])
]
BranchMatches = Annotated[
    list[BranchMatch], BeforeValidator(_as_matches, json_schema_input_type=str | BranchMatch | list[str | BranchMatch])
]
