"""The files of a workspace: workspace.yaml, tracking.yaml, policies.yaml, templates, signals with their journeys."""

from __future__ import annotations

from typing import Any

from tests.system.authors import words
from tests.system.authors.journeys import journey
from tests.system.authors.policies import policies
from tests.system.authors.signals import signals
from tests.system.chance import Chance
from tests.system.story import Documents

JOURNEYS = "journeys.yaml"


def workspace(chance: Chance) -> Documents:
    """A whole folder, by path."""
    documents: Documents = {
        "workspace.yaml": [_workspace(chance)],
        "tracking.yaml": [_tracking()],
        **{f"templates/{name}.yaml": [_template(chance, name)] for name in words.TEMPLATES},
    }
    named = signals(chance)
    names = [f"j{number}" for number in range(chance.randint(1, 4))]
    documents[JOURNEYS] = [{"signals": named}, *(journey(chance, name, named) for name in names)]
    if (found := policies(chance, names)) is not None:
        documents["policies.yaml"] = [found]
    return documents


def changed(chance: Chance, documents: Documents) -> Documents:
    """The workspace after an author changed one journey of it."""
    (named, *journeys) = documents[JOURNEYS]
    number = chance.randrange(len(journeys))
    on = journeys[number]["enter"]["on"]
    other = journey(chance, journeys[number]["journey"], {on: named["signals"][on]})
    return {**documents, JOURNEYS: [named, *journeys[:number], other, *journeys[number + 1 :]]}


def _workspace(chance: Chance) -> dict[str, Any]:
    channels: dict[str, Any] = {}
    for name, address in words.CHANNELS.items():
        channels[name] = {"address": address or "none", "expires": chance.choice(["10 minutes", "2 hours", "1 day"])}
    channels["web"]["real_time"] = True
    channels["email"]["unsubscribe"] = "none"
    return {
        "workspace": "world",
        "time_zone": chance.choice(words.ZONES),
        "bound": chance.choice(["0 ms", "1 second", "5 seconds", "5 seconds", "1 minute", "10 minutes"]),
        "partitions": chance.randint(1, 3),
        "duplicate_horizon": chance.choice(["6 hours", "1 day", "3 days"]),
        "late_horizon": chance.choice(["10 minutes", "6 hours", "1 day"]),
        "purposes": list(words.PURPOSES),
        "channels": channels,
        "emits": {name: {"expires": chance.choice(["10 minutes", "4 hours"])} for name in words.EMITS},
        "limits": {
            "open_runs": chance.choice([1, 3, 20, 20]),
            "events_per_key": chance.choice([2, 5, 50, 200]),
            "steps_per_input": chance.choice([3, 20, 100, 100]),
            "run": "6 days",
        },
    }


def _tracking() -> dict[str, Any]:
    types: dict[str, Any] = {name: {"attributes": dict(words.ATTRIBUTES)} for name in words.TYPES}
    return {"channels": ["web", "crm"], "types": types, "profile": dict(words.PROFILE)}


def _template(chance: Chance, name: str) -> dict[str, Any]:
    texts = {channel: {"en": {"body": f"{name} by {channel}"}} for channel in words.CHANNELS}
    if chance.maybe(0.3):
        texts["email"]["en"]["body"] = "Dear {{ profile.segment }}, {{ moment.key }} at {{ moment.at }}"
    if chance.maybe(0.1):
        texts["sms"]["en"]["body"] = "{{ 10 // moment.late_ms }}"  # fails where the moment is in time (F3)
    if chance.maybe(0.2):
        texts["push"]["de"] = {"body": f"{name} auf Deutsch"}
    return texts
