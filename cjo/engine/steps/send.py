"""send: ask the policies, and emit an action where they agree."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cjo.engine.ids import action_id
from cjo.engine.messages import RenderError, unsubscribe_link
from cjo.engine.people import profile_view
from cjo.engine.policies import check
from cjo.engine.records import act, decide_run
from cjo.engine.steps.base import NEXT, STAY, Move, Run, Step
from cjo.engine.turn import Request

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

_REFUSED = {"suppressed": "exit"}  # D5: what a refused step does where the author says nothing; else continue


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Put the request beside all others of this instant; `settle` decides them together."""
    turn.requests.append(Request(run, step))
    return STAY


def settle(turn: Turn, request: Request) -> Move:
    """Take one request through the policies: an action, or a refusal with its reason (D1, D2)."""
    run, step = request.run, request.step
    refusal = check(turn, request)
    if refusal is None:
        try:
            _emit(turn, request)
            return NEXT
        except RenderError as error:
            request.inputs["error"] = str(error)[:500]
            refusal = ("template_error", "F3")
    reason, rule = refusal
    visit = run["visits"][step["id"]]
    decide_run(
        turn,
        run,
        "send",
        "refused",
        reason,
        rule,
        step=step["id"],
        visit=visit,
        channel=request.channel,
        inputs=request.inputs,
    )
    then = (step.get("refused") or {}).get(reason) or _REFUSED.get(reason, "continue")
    return Move("end", reason=reason, rule="D5") if then == "exit" else NEXT


def _emit(turn: Turn, request: Request) -> None:
    run, step, channel = request.run, request.step, request.channel
    assert channel is not None  # the policies chose one
    journey = turn.plan.journey_of(run)
    visit = run["visits"][step["id"]]
    profile = profile_view(turn.state, turn.plan.profile)
    moment = moment_view(run["moment"])
    variables = {name: read(turn.row or {}, moment, profile) for name, read in step["with"].items()}
    link = unsubscribe_link(turn.plan.unsubscribe, turn.subject, journey.purpose, channel)
    names = {**link, **variables, "profile": profile, "moment": moment}
    locale, content = turn.plan.templates.render(step["template"], channel, profile.get("locale"), names)
    expires_ms = step.get("expires_ms") or turn.plan.channels[channel]["expires_ms"]
    action = {
        "id": action_id(turn.subject, journey.name, run["version"], run["key"], run["moment"]["id"], step["id"], visit),
        "step": step["id"],
        "channel": channel,
        "decided": turn.now_ms,
        "expires": turn.now_ms + expires_ms,
    }
    act(
        turn,
        run,
        "request",
        action,
        address=request.address,
        template=step["template"],
        locale=locale,
        content=content,
        variables={name: _wire(value) for name, value in variables.items()},
    )
    run["acts"].append(action)
    if run.get("sent") is None:
        run["sent"] = turn.now_ms
    decide_run(
        turn,
        run,
        "send",
        "accepted",
        "sent",
        "D1",
        step=step["id"],
        visit=visit,
        channel=channel,
        action_id=action["id"],
        inputs=request.inputs,
    )


def moment_view(moment: dict[str, Any]) -> dict[str, Any]:
    """A moment as conditions and templates see it: its values beside at, key and late_ms."""
    return {**moment["values"], "at": moment["at"], "key": moment["key"], "late_ms": moment["late_ms"]}


def _wire(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
