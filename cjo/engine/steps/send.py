"""send: ask the policies; emit an action where they agree, wait where they say later, go on where they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cjo.engine import pauses
from cjo.engine.messages import RenderError, unsubscribe_link
from cjo.engine.policies import arbitrated, capped, channels, check, paused, suppressed, timely
from cjo.engine.policies.base import Verdict
from cjo.engine.policies.held_out import HELD_OUT, exposed
from cjo.engine.policies.superseding import superseded, take_place
from cjo.engine.records import act, decide_run
from cjo.engine.steps import wait
from cjo.engine.steps.base import NEXT, STAY, Move, Run, Step, action_of, begin_goal, remember, tell
from cjo.engine.steps.views import arguments, on_wire, variables_view
from cjo.engine.turn import Request

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

_REFUSED: Final = {"suppressed": "exit"}  # D5: what a refused step does where the author says nothing; else continue


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Ask at once, or with `spread` at a time that hangs on the run (D11): until then it is held work.

    A touchpoint of `until` ends any hold as it would a wait, and nothing is asked.
    """
    run.pop("asked", None)
    run.pop("contest", None)
    spread_ms = step.get("spread_ms")
    if not spread_ms:
        return _ask(turn, run, step)
    release_ms = turn.now_ms + spread_of(run, step)
    _stay(turn, run, step, Verdict("spread", "D11", release_ms), {"spread_ms": str(spread_ms)})
    return STAY


def spread_of(run: Run, step: Step) -> int:
    """How long this run holds the send, ms: a time of its own within `spread` (D11), 0 without one."""
    spread_ms = step.get("spread_ms")
    return int(run["id"][:16], 16) % int(spread_ms) if spread_ms else 0


def on_due(turn: Turn, run: Run, step: Step) -> Move:
    """What was held is released: now all checks are made, also those that it had passed (D2)."""
    wait.leave(turn, run)
    return _ask(turn, run, step)


def look_again(turn: Turn, run: Run, step: Step) -> Move | None:
    """D6: refuse what is held where nobody may be contacted for it any more; None where somebody still may."""
    request = Request(run, step, turn.plan.journey_of(run))
    verdict = suppressed.check(turn, request) or channels.unreachable(turn, request)
    if verdict is None:
        return None
    wait.leave(turn, run)
    return _refuse(turn, request, verdict)


def settle(turn: Turn, request: Request) -> Move:
    """Take one request through the policies: an action, a hold, or a refusal with its reason (D1, D2)."""
    verdict = check(turn, request)
    if verdict is None:
        try:
            _carry_out(turn, request)
            return NEXT
        except RenderError as error:
            request.inputs["error"] = str(error)[:500]
            verdict = Verdict("template_error", "F3")
    if verdict.until_ms is None:
        return _refuse(turn, request, verdict)
    if verdict.reason != arbitrated.HOLD:
        request.run.pop("contest", None)
    _stay(turn, request.run, request.step, verdict, request.inputs, channel=request.channel)
    if verdict.reason == paused.REASON:
        pauses.begin(turn, request.run)
    return STAY


def _ask(turn: Turn, run: Run, step: Step) -> Move:
    """Put the request beside all others of this instant; `settle` decides them together."""
    run.setdefault("asked", turn.now_ms)
    turn.requests.append(Request(run, step, turn.plan.journey_of(run)))
    return STAY


def _stay(turn: Turn, run: Run, step: Step, verdict: Verdict, inputs: dict[str, str], **more: Any) -> None:
    assert verdict.until_ms is not None  # a hold
    wait.stay_until(turn, run, verdict.until_ms)
    _decide(turn, run, step, "hold", "done", verdict, inputs={**inputs, "until": str(verdict.until_ms)}, **more)


def _refuse(turn: Turn, request: Request, verdict: Verdict) -> Move:
    run, step = request.run, request.step
    tell(turn, run, step, verdict.reason)
    _decide(turn, run, step, "send", "refused", verdict, channel=request.channel, inputs=request.inputs)
    then = (step.get("refused") or {}).get(verdict.reason) or _REFUSED.get(verdict.reason, "continue")
    return Move("end", reason=verdict.reason, rule="D5", inputs=request.inputs) if then == "exit" else NEXT


def _carry_out(turn: Turn, request: Request) -> None:
    """Emit the action, or note where it would have been (D8): everything else is the same for both. Or RenderError."""
    run, step = request.run, request.step
    action, message = _made(turn, request)
    old = superseded(turn, request, request.channel)
    if old is not None:
        take_place(turn, old)
        request.inputs["supersedes"] = old["id"]
    held_out = exposed(turn, request)
    capped.reserve(turn, request, action["id"])
    arbitrated.win(turn, request, action["id"])
    begin_goal(turn, run)
    tell(turn, run, step, "sent")
    about = {"channel": request.channel, "action_id": action["id"], "inputs": request.inputs}
    if held_out:
        remember(turn, run, action, made=False)
        _decide(turn, run, step, "send", HELD_OUT, Verdict("held_out", "D8"), **about)
        return
    kind, replaced = ("supersede", old["id"]) if old is not None and old.get("made", 1) else ("request", None)
    act(turn, run, kind, action, address=request.address, supersedes=replaced, **message)
    remember(turn, run, action)
    _decide(turn, run, step, "send", "accepted", Verdict("sent", "D1"), **about)


def _made(turn: Turn, request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the action as the run remembers it, what the record says beside it). Raises RenderError."""
    run, step, channel = request.run, request.step, request.channel
    assert channel is not None  # the policies chose one
    journey = request.journey
    about = arguments(turn, run)
    _, moment, profile = about
    variables = {name: read(*about) for name, read in step["with"].items()}
    link = unsubscribe_link(turn.plan.unsubscribe, turn.subject, journey.purpose, channel)
    always = {"profile": profile, "moment": moment, "run": variables_view(run, journey)}
    names = {**link, **variables, **always}
    locale, content = journey.templates.render(step["template"], channel, profile.get("locale"), names)
    action = action_of(turn, run, step, channel, timely.expires_ms(turn, request, channel))
    message = {
        "template": step["template"],
        "locale": locale,
        "content": content,
        "variables": {name: on_wire(value) for name, value in variables.items()},
    }
    return action, message


def _decide(turn: Turn, run: Run, step: Step, kind: str, outcome: str, verdict: Verdict, **more: Any) -> None:
    visit = run["visits"][step["id"]]
    decide_run(turn, run, kind, outcome, verdict.reason, verdict.rule, step=step["id"], visit=visit, **more)
