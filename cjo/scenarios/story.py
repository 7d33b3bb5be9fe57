"""A scenario that failed, as a text to read: expected against what came, in time order, with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cjo.scenarios.calendar import Calendar
from cjo.scenarios.compare import Comparison, differences
from cjo.scenarios.play import Came
from cjo.scenarios.script import Expectation, Script

ANY_TIME = "at any time"


def story(script: Script, came: Sequence[Came], comparison: Comparison) -> list[str]:
    """Lines that begin with `-` (expected, did not come), `+` (came, must not), `=` (as expected), or nothing."""
    rows = sorted(_rows(script, came, comparison), key=lambda row: row[0])
    width = max((len(when) for _, _, when, _ in rows), default=0)
    lines = []
    for _, mark, when, words in rows:
        lines.append(f"{mark} {when:<{width}}  {words[0]}")
        lines.extend(f"  {'':<{width}}  {more}" for more in words[1:])
    return lines


def _rows(
    script: Script, came: Sequence[Came], comparison: Comparison
) -> Iterator[tuple[tuple[int, int], str, str, list[str]]]:
    """(order, mark, time, words) of each line; at one instant what was expected comes first."""
    words = script.calendar.words
    several = len({one.customer for one in came}) > 1
    expected = {id(one) for _, one in comparison.pairs}
    unexpected = {id(one) for one in comparison.unexpected}
    for wanted in comparison.missing:
        order = (script.calendar.start_ms if wanted.at_ms is None else wanted.at_ms, 0)
        when = ANY_TIME if wanted.at_ms is None else words(wanted.at_ms)
        free = [one for one in came if id(one) not in expected]
        yield order, "-", when, [f"expected {described(wanted)}", *_nearest(wanted, free, script.calendar)]
    for one in came:
        if one.kind == "other" and one.record.get("action_id"):
            continue  # the action itself has a line
        mark = "=" if id(one) in expected else "+" if id(one) in unexpected else " "
        said = _said(one, several, mark)
        if one.name == "waiting":  # on the scenario's calendar, not in UTC
            until = words(int(one.record["inputs"]["until"]))
            said = f"{one.journey} / {one.step}: waits until {until} [waiting]"
        yield (one.at_ms, 1), mark, words(one.at_ms), [said]


def described(wanted: Expectation) -> str:
    """`send email, win-back-basket / remind, saying “Anna”`."""
    parts = [f"{wanted.kind} {wanted.name}"]
    if wanted.key:
        parts[0] += f" {wanted.key}"
    if wanted.step:
        parts.append(f"step {wanted.step}")
    if wanted.customer:
        parts.append(f"customer {wanted.customer}")
    parts += [f"saying “{said}”" for said in wanted.says]
    parts += [f"{name} {value}" for name, value in wanted.values.items()]
    return ", ".join(parts)


def _nearest(wanted: Expectation, came: Sequence[Came], calendar: Calendar) -> list[str]:
    """What came instead, if anything of its kind did: what differs least."""
    same = [one for one in came if one.kind == wanted.kind]
    if not same:
        return []
    different = min((differences(wanted, one, calendar) for one in same), key=len)
    return [f"came instead: {'; '.join(different)}"]


def _said(one: Came, several: bool, mark: str) -> str:
    who = f"{one.customer}: " if several else ""
    said = one.said if one.kind == "other" else f"{one.kind} {one.said}"
    return f"{who}{said}" + (" (not expected)" if mark == "+" else "")
