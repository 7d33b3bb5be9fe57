"""Checks a `migrate` against the version of the journey that it moves runs from (R2); plans in, words out."""

from __future__ import annotations

from typing import Any

from cjo.spec.problems import did_you_mean

Spec = dict[str, Any]


def problems_of(new: Spec, old: Spec) -> list[str]:
    """What is wrong with the map of the journey `new` for runs of `old`; nothing where it declares none."""
    migrate = new.get("migrate")
    if migrate is None:
        return []
    before, after = ({step["id"]: step for step in spec["steps"]} for spec in (old, new))
    found = [_unknown(name, before) for name in migrate["steps"] if name not in before]
    for name, target in migrate["steps"].items():
        if name in before and before[name]["kind"] != after[target]["kind"]:
            kinds = before[name]["kind"], after[target]["kind"]
            found.append(f"step '{name}' is a {kinds[0]} and '{target}' a {kinds[1]}: runs move to the same kind only")
    missing = [name for name, step in before.items() if is_stood_at(step) and name not in migrate["steps"]]
    return [*found, *(f"runs can stand at step '{name}', and the map does not say where they go" for name in missing)]


def is_stood_at(step: Spec) -> bool:
    """True where every run stands for a while. At other sends and emits it may be held, and may then stay behind."""
    return step["kind"] == "wait" or bool(step.get("spread_ms"))


def _unknown(name: str, before: dict[str, Spec]) -> str:
    hint = did_you_mean(name, before, "its steps are:")
    return f"step '{name}' is none of the version that runs; {hint}"
