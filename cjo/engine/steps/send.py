"""send: ask the policies, and emit an action where they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.ids import action_id
from cjo.engine.messages import RenderError, unsubscribe_link
from cjo.engine.policies import capped, check
from cjo.engine.records import act, decide_run
from cjo.engine.steps import wait
from cjo.engine.steps.base import NEXT, STAY, Move, Run, Step, tell
from cjo.engine.steps.views import arguments, on_wire, variables_view
from cjo.engine.turn import Request

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

_REFUSED = {"suppressed": "exit"}  # D5: what a refused step does where the author says nothing; else continue


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Ask at once, or with `spread` at a time that hangs on the run (D11): until then it is held work.

    A touchpoint of `until` ends the hold as it would a wait, and nothing is asked.
    """
    spread_ms = step.get("spread_ms")
    if not spread_ms:
        return _ask(turn, run, step)
    release_ms = turn.now_ms + int(run["id"][:16], 16) % spread_ms
    wait.stay_until(turn, run, release_ms)
    inputs = {"until": str(release_ms), "spread_ms": str(spread_ms)}
    visit = run["visits"][step["id"]]
    decide_run(turn, run, "hold", "done", "spread", "D11", step=step["id"], visit=visit, inputs=inputs)
    return STAY


def on_due(turn: Turn, run: Run, step: Step) -> Move:
    """What was held is released: now all checks are made (D2)."""
    wait.leave(turn, run)
    return _ask(turn, run, step)


def _ask(turn: Turn, run: Run, step: Step) -> Move:
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
    tell(turn, run, step, reason)
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
    about = arguments(turn, run)
    _, moment, profile = about
    variables = {name: read(*about) for name, read in step["with"].items()}
    link = unsubscribe_link(turn.plan.unsubscribe, turn.subject, journey.purpose, channel)
    always = {"profile": profile, "moment": moment, "run": variables_view(run, journey)}
    names = {**link, **variables, **always}
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
        variables={name: on_wire(value) for name, value in variables.items()},
    )
    run["acts"].append(action)
    capped.reserve(turn, journey.purpose, channel, action["id"])
    if run.get("sent") is None:
        run["sent"] = turn.now_ms
    tell(turn, run, step, "sent")
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
