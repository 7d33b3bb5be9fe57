"""What the log says of a person, read anew from the raw touchpoints each time (D6)."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def consents(rows: list[Row], purpose: str, channel: str) -> bool:
    """The newest word about this purpose and channel; at one instant the more restrictive."""
    newest: tuple[int, int] | None = None
    for row in rows:
        if row["type"] not in ("consent_given", "consent_withdrawn"):
            continue
        given = row["type"] == "consent_given"
        said = row.get("attributes") or {}
        about = said.get("purpose") or (None if given else purpose)
        if about == purpose and said.get("channel", channel) == channel:
            word = (row["at"], 0 if given else 1)
            newest = word if newest is None else max(newest, word)
    return newest is not None and newest[1] == 0


def suppressed(rows: list[Row]) -> bool:
    """Whether the newest word is that the customer is not to be contacted."""
    words = [(row["at"], row["type"] == "customer_suppressed") for row in rows if row["type"].endswith("suppressed")]
    return bool(words) and max(words)[1]


def values(rows: list[Row], name: str) -> set[str | None]:
    """What a profile attribute may hold: the newest value, or those of one instant; None where nobody said."""
    said = [
        (row["at"], row["attributes"][name] or None)
        for row in rows
        if row["type"] == "profile_updated" and name in (row.get("attributes") or {})
    ]
    newest = max((at for at, _ in said), default=None)
    return {value for at, value in said if at == newest} if said else {None}


def zones(rows: list[Row]) -> set[str | None]:
    """The customer's own time zone, or those of one instant; None where they have none that is one."""
    known = {"Europe/Zurich", "America/New_York", "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland"}
    return {value if value in known else None for value in values(rows, "time_zone")}
