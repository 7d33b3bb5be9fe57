"""Journeys with every kind of step, nested ways, waits of all forms, and loops through waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.system.authors import words
from tests.system.chance import Chance

Step = dict[str, Any]
LENGTHS = ("1 minute", "10 minutes", "1 hour", "6 hours", "1 day", "2 days")
AGAIN = (
    "never",
    "after exit",
    "after exit",
    {"after": "1 hour"},
    {"after": "2 days"},
    {"after": "6 hours", "per": "customer"},
)


def journey(chance: Chance, name: str, signals: dict[str, Any]) -> dict[str, Any]:
    """One journey on one of the signals."""
    on = chance.choice(list(signals))
    enter: dict[str, Any] = {"on": on, "fresh": chance.choice(["1 minute", "2 hours", "1 day"])}
    enter["again"] = chance.choice(AGAIN)
    if chance.maybe(0.1):
        enter["where"] = chance.choice(["profile.segment = 'gold'", "moment.late_ms = 0", "profile.score >= 1"])
    document: dict[str, Any] = {
        "journey": name,
        "owner": "sim",
        "purpose": chance.choice(["marketing", "marketing", "marketing", "advice", "transactional"]),
        "priority": chance.choice([0, 10, 10, 50, 1000]),
        "run": chance.choice(["1 hour", "1 day", "3 days", "6 days"]),
        "enter": enter,
    }
    if document["purpose"] == "transactional" and chance.maybe(0.3):
        document["urgent"] = True
    if chance.maybe(0.2):
        document["mode"] = "shadow"
    if signals[on].get("per") and chance.maybe(0.3):
        document["per"] = "customer"
    keyed = bool(signals[on].get("per")) and "per" not in document
    if chance.maybe(0.3):
        document["time_zone"] = chance.choice(words.ZONES)
    if chance.maybe(0.5):
        document["exit"] = [run_match(chance, keyed) for _ in range(chance.randint(1, 2))]
    if chance.maybe(0.5):
        types = chance.some(words.KEYED if keyed else words.TYPES, 1, 3)
        document["goal"] = {"name": "success", "within": chance.choice(LENGTHS[2:]), "on": types}
    document["steps"] = _Writer(chance, signals[on], document["run"], keyed).steps()
    return document


def run_match(chance: Chance, keyed: bool) -> Any:
    """A touchpoint that concerns runs."""
    kind = chance.choice(words.KEYED if keyed else words.TYPES)
    where = chance.choice(words.EVENT_WHERES)
    match: dict[str, Any] = {"on": kind} | ({"where": where} if where else {})
    if keyed and chance.maybe(0.3):
        match["match"] = "customer"
    return kind if match == {"on": kind} else match


class _Writer:
    """Writes the steps of one journey."""

    def __init__(self, chance: Chance, signal: dict[str, Any], run: str, keyed: bool) -> None:
        self._chance = chance
        self._signal = signal
        self._run = run
        self._keyed = keyed
        self._written = 0
        self._top: list[str] = []
        self._told: list[str] = []
        self._counts = False

    def steps(self) -> list[Step]:
        """The list of a journey: at least one step that does something."""
        kinds = ["send", *self._chance.choices(_TOP, k=self._chance.randint(1, 5))]
        self._chance.shuffle(kinds)
        steps = []
        for kind in kinds:
            self._written += 1
            name = f"s{self._written}"
            steps.append({name: _STEPS[kind](self, name)})
            self._top.append(name)
        if self._chance.maybe(0.4):
            steps.append({"done": {"exit": "it is enough"}})
        return steps

    def _inner(self) -> list[Step]:
        steps = []
        for kind in self._chance.choices(("send", "send", "emit", "update", "wait", "exit"), k=2):
            self._written += 1
            name = f"s{self._written}"
            steps.append({name: _STEPS[kind](self, name)})
            if kind == "exit":
                break
        return steps

    def _way(self) -> dict[str, Any]:
        if self._chance.maybe(0.5):
            return {"steps": self._inner()}
        return {"then": "exit"} if self._chance.maybe(0.3) else {}

    def _with(self) -> dict[str, str]:
        known = ["moment.key", "moment.at", "profile.segment", *(["run.n"] if self._counts else [])]
        return {f"v{number}": self._chance.choice(known) for number in range(self._chance.randint(0, 2))}

    def send(self, name: str) -> Step:
        chance = self._chance
        step: Step = {"send": chance.some(list(words.CHANNELS), 1, 3), "template": chance.choice(words.TEMPLATES)}
        if values := self._with():
            step["with"] = values
        if chance.maybe(0.5):
            step["expires"] = chance.choice(["1 minute", "2 hours", "1 day"])
        if chance.maybe(0.3):
            step["spread"] = chance.choice(["1 minute", "1 hour", "1 day"])
        if chance.maybe(0.2):
            step["until"] = [run_match(chance, self._keyed)]
        reasons = chance.some(_REFUSED, 0, 3) if chance.maybe(0.3) else []
        if reasons:
            step["refused"] = {reason: chance.choice(["continue", "exit"]) for reason in reasons}
        self._told.append(name)
        return step

    def wait(self, name: str) -> Step:
        chance = self._chance
        form = chance.random()
        loops = form < 0.75
        if form < 0.5:
            step: Step = {"wait": chance.choice(LENGTHS[:3] if self._run == "1 hour" else LENGTHS[:5])}
        elif loops:
            day = chance.choice(["", "", "weekday ", "monday ", "sunday "])
            step = {"wait": f"until {day}{chance.choice(['09:00', '02:30', '00:00', '23:30'])}"}
        else:
            times = ["profile.renews", "moment.at"] + (
                ["moment.due"] if "due" in self._signal.get("collect", ()) else []
            )
            step = {"wait": f"until {chance.choice(times)} {chance.choice(['+', '-'])} {chance.choice(LENGTHS)}"}
        if chance.maybe(0.5):
            step["until"] = [run_match(chance, self._keyed)]
            if loops and "minute" not in step["wait"] and self._top and chance.maybe(0.3):
                step["timeout"] = {"then": chance.choice(self._top)}
            elif chance.maybe(0.2):
                step["timeout"] = "exit"
        self._told.append(name)
        return step

    def branch(self, name: str) -> Step:
        return {"branch": [{"when": self._condition(), **self._way()} for _ in range(self._chance.randint(1, 2))]}

    def _condition(self) -> str:
        known = ["profile.segment = 'gold'", "profile.score > 1", "moment.late_ms > 0"]
        known += [f"outcome.{one} = 'sent'" for one in self._told[-1:]]
        known += ["coalesce(run.n, 0) >= 2"] if self._counts else []
        return self._chance.choice(known)

    def decide(self, name: str) -> Step:
        offers: dict[str, Any] = {}
        for offer in ("low", "high", "odd")[: self._chance.randint(1, 3)]:
            offers[offer] = {"score": self._chance.choice(["10", "20", "profile.score", "profile.score * 5"])}
            if self._chance.maybe(0.4):
                offers[offer]["where"] = self._condition()
            if self._chance.maybe(0.6):
                offers[offer]["cap"] = {
                    "at_most": self._chance.choice([1, 1, 2]),
                    "per": self._chance.choice(LENGTHS[3:]),
                }
            if len(offers) > 1:
                offers[offer] |= self._way()
        self._told.append(name)
        return {"decide": offers}

    def update(self, name: str) -> Step:
        self._counts = True
        return {"update": {"n": "coalesce(run.n, 0) + 1"}}

    def emit(self, name: str) -> Step:
        step: Step = {"emit": self._chance.choice(words.EMITS)}
        if values := self._with():
            step["with"] = values
        self._told.append(name)
        return step

    def experiment(self, name: str) -> Step:
        arms = ["none", "some", "most"][: self._chance.randint(2, 3)]
        self._told.append(name)
        ways = [{}, *(self._way() for _ in arms[1:])]  # the first goes on, so that what follows can be reached
        shares = [{"share": self._chance.choice([1, 10, 50])} for _ in arms]
        return {"experiment": {arm: share | way for arm, share, way in zip(arms, shares, ways, strict=True)}}

    def exit(self, name: str) -> Step:
        return {"exit": "it ends here"}


_STEPS: dict[str, Callable[[_Writer, str], Step]] = {
    "send": _Writer.send,
    "wait": _Writer.wait,
    "branch": _Writer.branch,
    "update": _Writer.update,
    "emit": _Writer.emit,
    "experiment": _Writer.experiment,
    "decide": _Writer.decide,
    "exit": _Writer.exit,
}
_TOP = ("send", "send", "wait", "wait", "branch", "update", "emit", "experiment", "decide")
_REFUSED = (
    "no_consent",
    "no_address",
    "cap_reached",
    "expired",
    "send_window",
    "arbitration_lost",
    "arbitration_blocked",
)
