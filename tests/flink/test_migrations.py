"""F4: state of an older layout goes on where it was, parts that lie outside of the head included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from cjo.avro.rows import row_of
from cjo.demo.shape import DAY_MS, Shape
from cjo.demo.world import World
from cjo.engine import migrations
from cjo.engine.signals import build_signal
from cjo.errors import StateError
from tests.flink.test_orchestrate import END_MS, Operator, contracts, shipped
from udfs import sections
from udfs.orchestrate import OrchestrateJourneys
from udfs.transition import OutRow

State = dict[str, Any]
OLDER = 0
"""The layout before the first: keys of signals as pairs, marks of events in lists, a profile without times apart."""


def to_older(state: State) -> None:
    """What an imagined release before the first would have written."""
    for name, keys in list(state["sig"].items()):
        state["sig"][name] = [[key, memory] for key, memory in keys.items()]
    for day, marks in list(state["seen"].items()):
        state["seen"][day] = [marks[at : at + 14] for at in range(0, len(marks), 14)]
    if "profile" in state:
        state["profile"] = [[name, *known] for name, known in state["profile"].items()]


def from_older(state: State) -> None:
    """The migration under test."""
    for name, pairs in list(state["sig"].items()):
        state["sig"][name] = dict(pairs)
    for day, marks in list(state["seen"].items()):
        state["seen"][day] = "".join(marks)
    if "profile" in state:
        state["profile"] = {name: known for name, *known in state["profile"]}


def to_two(state: State, plan: dict[str, Any], changed: Counter[str]) -> None:
    """Layout 2: a signal without a key has its memory under the key "", points are in a list each, and nothing that is
    empty is left out. Marks of events are in a text for each day."""
    text = state["seen"].pop("e", "")
    for place in range(0, len(text), 19):
        day = str(int(text[place : place + 5]))
        state["seen"][day] = state["seen"].get(day, "") + text[place + 5 : place + 19]
    changed["seen"] += bool(text)
    for spec in plan["signals"]:
        place = spec["name"]
        if place not in state["sig"]:
            continue
        keys = state["sig"][place] if spec["per"] else {"": state["sig"][place]}
        state["sig"][place] = keys
        changed["key"] += "" in keys
        for memory in keys.values():
            if spec["kind"] in ("count", "score"):
                memory["p"] = _in_lists(spec, build_signal(spec, plan["workspace"]).width, memory["p"])
                changed["points"] += len(memory["p"])
            elif spec["kind"] == "absence":
                changed["empty"] += any(name not in memory for name in "sumf")
                memory |= {name: memory.get(name, []) for name in "sumf"}
                memory["s"] = [start if len(start) > 2 else [*start, []] for start in memory["s"]]
            elif spec["kind"] == "sequence":
                memory["f"] = memory.get("f", [])
                memory["p"] = [_with_values(point) for point in memory["p"]]


def _with_values(point: list[Any]) -> list[Any]:
    return point if len(point) > 5 else [*point, [] if point[3] else None]


def _in_lists(spec: dict[str, Any], width: int, points: list[Any]) -> list[Any]:
    apart = [points[place : place + width] for place in range(0, len(points), width)]
    if spec["kind"] == "score":
        return apart
    values = 2 + len([part for part in spec["collect"].values() if "count" not in part])
    return [[*point[:2], point[2:values], *point[values:]] for point in apart]


def rewrite(operator: Operator, change: Callable[[State], None], version: int) -> None:
    """Change all that the operator keeps, heads and parts alike, as a savepoint of another version would hold it."""
    for subject, head in operator.heads.items():
        state = orjson.loads(head)
        own = {name: orjson.loads(value) for (owner, name), value in operator.parts.items() if owner == subject}
        whole = {part: {name.partition(":")[2]: value for name, value in own.items() if name.startswith(part)}
                 for part in ("sig", "seen")}  # fmt: skip
        for part, entries in whole.items():
            state[part] |= entries
        change(state)
        for part, entries in whole.items():
            for name in entries:
                operator.parts[subject, f"{part}:{name}"] = orjson.dumps(state[part].pop(name))
        operator.heads[subject] = orjson.dumps({**state, "v": version})


def played(disturb: Callable[[Operator], None] = lambda _: None) -> tuple[Counter[OutRow], Operator]:
    """What comes of a small world, with something done to the state in its middle."""
    plan = shipped()
    operator = Operator(OrchestrateJourneys(plan, *contracts(plan)))
    log = list(World(Shape(END_MS, seed=6, customers=80, touchpoints=6_000, bad_share=0.0)).records())
    found: Counter[OutRow] = Counter()
    for number, record in enumerate(log):
        if number == len(log) // 2:
            disturb(operator)
        taken = row_of(record.touchpoint, record.timestamp_ms, plan["columns"])
        assert taken is not None
        found.update(operator.take(taken[0], orjson.dumps({**taken[1], "subject": taken[0]})))
    found.update(operator.advance(END_MS + 8 * DAY_MS))
    return found, operator


def test_decisions_over_state_of_an_older_layout_are_those_without_the_change(monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[int] = []
    monkeypatch.setattr(sections, "SPILL_BYTES", 600)
    monkeypatch.setattr(sections, "ENTRY_BYTES_MIN", 150)

    monkeypatch.setattr(sections, "KEYS_MIN", 1_000)  # no imagined release before the first had split the keys

    def disturb(operator: Operator) -> None:
        operator.checkpoint()
        rewrite(operator, to_older, OLDER)
        moved.append(len(operator.parts))

    wanted, _ = played()
    monkeypatch.setitem(migrations.MIGRATIONS, OLDER, from_older)
    found, operator = played(disturb)

    assert found == wanted
    assert found.total() > 200
    assert moved[0] > 20, "nothing lay outside of a head: this shows nothing of parts"
    heads = [orjson.loads(head) for head in operator.heads.values()]
    assert {head["v"] for head in heads} <= {OLDER, migrations.VERSION}
    assert sum(head["v"] == migrations.VERSION for head in heads) > len(heads) / 2


def test_f4_decisions_over_state_of_layout_2_are_those_without_the_change() -> None:
    changed, plan = Counter[str](), shipped()

    def disturb(operator: Operator) -> None:
        operator.checkpoint()
        rewrite(operator, lambda state: to_two(state, plan, changed), 2)

    found, operator = played(disturb)

    assert found == played(Operator.checkpoint)[0]
    assert min(changed[what] for what in ("key", "points", "empty", "seen")) > 50
    left = b"".join(operator.heads.values())
    assert left.count(b'{"":{') < changed["key"] / 2, "what is touched is today's from then on"


def test_migrations_are_carried_out_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[str, Any]] = []
    for version in (-1, 0):
        monkeypatch.setitem(migrations.MIGRATIONS, version, lambda state, n=version: steps.append((n, state["v"])))
    state = {"v": -1}

    migrations.bring_up_to_date(state)

    assert steps == [(-1, -1), (0, 0)]
    assert state == {"v": migrations.VERSION}


@pytest.mark.parametrize("version", [migrations.VERSION + 1, -1, None, "1"])
def test_a_layout_that_this_cjo_does_not_know_is_an_error(version: Any) -> None:
    with pytest.raises(StateError, match=f"state of version {version!r} found, this cjo reads version"):
        migrations.bring_up_to_date({"v": version})
