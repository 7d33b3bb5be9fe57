"""Wire models of a `journey:` document: what to do about moments."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from cjo.spec.common import (
    BranchMatches,
    DurationOrExit,
    Name,
    Names,
    PositiveDuration,
    RunMatches,
    Strict,
    Word,
    Zone,
)
from cjo.spec.waits import Waited

DAY_MS = 86_400_000
Refused = Literal[
    "no_consent",
    "no_address",
    "not_a_test_recipient",
    "expired",
    "send_window",
    "cap_reached",
    "arbitration_lost",
    "arbitration_blocked",
    "template_error",
]
STEP_KINDS = ("send", "wait", "branch", "decide", "update", "emit", "experiment", "hand_over", "exit")


class Again(Strict):
    """When a customer may enter again (rule R4)."""

    after: DurationOrExit | None = Field(default=None, description="so long since entry, or `exit`")
    never: bool = Field(default=False, description="once and never again")
    replace: bool = Field(default=False, description="at once: a new moment takes the place of an open run (rule D9)")
    per: Literal["key", "customer"] | None = Field(
        default=None, description="counted for each business key, or the customer"
    )


def _again(value: Any) -> Any:
    short = {"never": {"never": True}, "after exit": {"after": "exit"}, "replace": {"replace": True}}
    return short.get(value, value) if isinstance(value, str) else value


def _one_rule(value: Again) -> Again:
    if value.never + value.replace + (value.after is not None) != 1:
        raise PydanticCustomError("again", "expected one of: never, after exit, replace, {{after: 7 days}}", {})
    return value


class Enter(Strict):
    """Which moments open a run."""

    on: str = Field(description="name of the signal")
    who: Literal["contact", "members"] | None = Field(
        None, description="whom a moment of an account (or another kind of subject) enters; it must be said there"
    )
    where: str | None = Field(None, description="SQL condition over moment.* and profile.*")
    fresh: PositiveDuration = Field(DAY_MS, description="older moments are refused as stale (rule T4)")
    again: Annotated[
        Again,
        BeforeValidator(_again, json_schema_input_type=Literal["never", "after exit", "replace"] | Again),
        AfterValidator(_one_rule),
    ] = Field(Again(after="exit"), description="when a customer may enter again (rule R4)")


class Goal(Strict):
    """What counts as success (rule D10)."""

    name: Name = Field(description="name in reports", examples=["purchase"])
    on: Names = Field(description="touchpoint type, or a list of them")
    where: str | None = Field(None, description="SQL condition over the touchpoint's fields and attributes")
    match: Literal["key", "customer"] | None = Field(None, description="which runs: of the same key, or the customer's")
    within: PositiveDuration = Field(
        description="counted from the first sent action or arm of an experiment", examples=["3 days"]
    )
    value: str | None = Field(None, description="field or attribute with the value of the success: a number")


class Send(Strict):
    """Sends a message to the first channel that is possible."""

    send: Names = Field(description="channel, or channels in order of preference")
    template: str = Field(description="name of the template")
    with_: dict[Name, str] = Field(
        default_factory=dict, alias="with", description="variables: moment.x, profile.x or run.x"
    )
    expires: PositiveDuration | None = Field(None, description="not delivered after it; by default the channel's")
    spread: PositiveDuration | None = Field(
        None, description="a burst is spread over so long: each run at a time of its own (rule D11)"
    )
    until: BranchMatches = Field(
        default_factory=list,
        description="touchpoints that end a hold, by `spread` or by a policy: nothing is sent then",
    )
    refused: dict[Refused, Literal["continue", "exit"]] = Field(
        default_factory=dict,
        description="what a refusal does, by reason; by default the run goes on (rule D5). `send_window` is held by "
        "default, and refused where it stands here",
    )


class Timeout(Strict):
    """Where to go when the wait is over."""

    then: str | None = Field(None, description="step id or `exit`; by default the next step")


def _timeout(value: Any) -> Any:
    return {"then": value} if isinstance(value, str) else value


class Wait(Strict):
    """Waits so long, or until a point in time; at most until a touchpoint."""

    wait: Waited = Field(
        description="how long; or until a local time, a weekday and local time, or a point in time", examples=["1 day"]
    )
    until: BranchMatches = Field(default_factory=list, description="touchpoints that end the wait; the first one wins")
    restart: RunMatches = Field(
        default_factory=list, description="touchpoints with which the wait begins anew: it lasts as long from each"
    )
    timeout: Annotated[Timeout, BeforeValidator(_timeout, json_schema_input_type=str | Timeout)] = Field(
        Timeout(then=None), description="where to go when the time is over"
    )


class Way(Strict):
    """Where to go: to a step, or through steps of its own and then on."""

    then: str | None = Field(None, description="step id or `exit`; by default the next step")
    steps: list[StepItem] | None = Field(None, description="steps of this way; after them comes the next step")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        return _checked_way(self)


class Case(Strict):
    """A way that is taken where its condition holds and none before it has."""

    when: str = Field(description="SQL condition over moment.*, profile.*, run.* and outcome.*")
    then: str | None = Field(None, description="step id or `exit`; by default the next step")
    steps: list[StepItem] | None = Field(None, description="steps of this case; after them comes the next step")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        return _checked_way(self)


def _way(value: Any) -> Any:
    return {"then": value} if isinstance(value, str) else value


def _checked_way(value: Any) -> Any:
    if value.then is not None and value.steps is not None:
        raise PydanticCustomError("step", "a way has either `then` or `steps`, not both", {})
    if value.steps == []:
        raise PydanticCustomError("step", "`steps` needs at least one step", {})
    return value


class Branch(Strict):
    """Goes the way of the first case whose condition holds."""

    branch: list[Case] = Field(description="cases; the first that holds counts", min_length=1)
    else_: Annotated[Way, BeforeValidator(_way, json_schema_input_type=str | Way)] = Field(
        default_factory=lambda: Way.model_validate({}), alias="else", description="where none holds; by default on"
    )


def _as_sql(value: Any) -> Any:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return format(Decimal(str(value)), "f") if isinstance(value, int | float) else value


Expression = Annotated[str, BeforeValidator(_as_sql, json_schema_input_type=str | float | bool)]


class Choices(Strict):
    """How often one offer is chosen for a customer."""

    at_most: int = Field(ge=1, le=1000, description="choices in the window")
    per: PositiveDuration = Field(description="how far back from each choice they are counted")


class Offer(Strict):
    """One offer among which a `decide` chooses."""

    score: Expression = Field(
        description="SQL expression over moment.*, profile.*, run.* and outcome.*: the highest number wins",
        examples=["10", "moment.score * 2"],
    )
    where: str | None = Field(None, description="SQL condition that makes the offer eligible; by default it always is")
    cap: Choices | None = Field(None, description="how often it is chosen for one customer")
    then: str | None = Field(None, description="step id or `exit`; by default the next step")
    steps: list[StepItem] | None = Field(None, description="steps of this offer; after them comes the next step")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        return _checked_way(self)


class Decide(Strict):
    """Chooses the best of several offers for this customer now."""

    decide: dict[Name, Offer] = Field(description="offers by name", min_length=1)
    otherwise: Annotated[Way, BeforeValidator(_way, json_schema_input_type=str | Way)] = Field(
        default_factory=lambda: Way.model_validate({}), description="where no offer is eligible; by default on"
    )


class Update(Strict):
    """Sets variables of the run."""

    update: dict[Word, Expression] = Field(
        description="variable -> SQL expression over moment.*, profile.*, run.* and outcome.*", min_length=1
    )


class Emit(Strict):
    """Emits an action of the workspace's own kind: no message, no address, no consent."""

    emit: str = Field(description="name under `emits` in workspace.yaml")
    with_: dict[Name, str] = Field(
        default_factory=dict, alias="with", description="variables: moment.x, profile.x or run.x"
    )
    expires: PositiveDuration | None = Field(None, description="not carried out after it; by default the emit's")


class Arm(Strict):
    """One arm of an experiment."""

    share: int = Field(ge=0, le=1_000_000, description="its part of the sum of all shares", examples=[50])
    then: str | None = Field(None, description="step id or `exit`; by default the next step")
    steps: list[StepItem] | None = Field(None, description="steps of this arm; after them comes the next step")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        return _checked_way(self)


def _some_share(value: dict[str, Arm]) -> dict[str, Arm]:
    if not any(arm.share for arm in value.values()):
        said = "expected a share above 0, or nobody is in any arm"
        raise PydanticCustomError("again", said, {"hint": "give at least one arm a `share` of 1 or more"})
    return value


class Experiment(Strict):
    """Divides customers over arms, each for ever (rule D8)."""

    experiment: Annotated[dict[Name, Arm], Field(min_length=2), AfterValidator(_some_share)] = Field(
        description="arms by name"
    )


class HandOver(Strict):
    """Ends the run, and offers the customer to another journey."""

    hand_over: str = Field(description="name of the journey; it asks all that it asks of a moment of its signal")
    with_: dict[Name, str] = Field(
        default_factory=dict,
        alias="with",
        description="values of its moment: moment.x, profile.x or run.x; those of this run's moment are kept where "
        "both journeys enter on one signal",
    )


class Exit(Strict):
    """Ends the run."""

    exit: str = Field(description="reason, in words", min_length=1)


def _kind(body: Any) -> str | None:
    found = [kind for kind in STEP_KINDS if isinstance(body, dict) and kind in body]
    return f"step:{found[0]}" if len(found) == 1 else None


Step = Annotated[
    Annotated[Send, Tag("step:send")]
    | Annotated[Wait, Tag("step:wait")]
    | Annotated[Branch, Tag("step:branch")]
    | Annotated[Decide, Tag("step:decide")]
    | Annotated[Update, Tag("step:update")]
    | Annotated[Emit, Tag("step:emit")]
    | Annotated[Experiment, Tag("step:experiment")]
    | Annotated[HandOver, Tag("step:hand_over")]
    | Annotated[Exit, Tag("step:exit")],
    Discriminator(
        _kind,
        custom_error_type="step",
        custom_error_message=f"a step is exactly one of {', '.join(STEP_KINDS)}",
    ),
]


def _one_id(value: Any) -> Any:
    if isinstance(value, dict) and len(value) != 1:
        names = ", ".join(str(key) for key in value) or "nothing"
        raise PydanticCustomError("step", "a step is one id with its body, got {names}", {"names": names})
    return value


def _usable_id(value: str) -> str:
    if value == "exit":
        raise PydanticCustomError("bad_name", "'exit' is reserved and can't be a step's id", {})
    return value


StepItem = Annotated[dict[Annotated[Name, AfterValidator(_usable_id)], Step], BeforeValidator(_one_id)]


class Migrate(Strict):
    """How runs in flight move to this version of the journey (rule R2)."""

    steps: dict[Name, Name] = Field(
        description="step of the version before, at which runs stand -> step of this version, of the same kind",
        min_length=1,
    )
    wakes: Literal["keep", "recompute"] = Field(
        "keep", description="stay as long as the old step said, or as long as the new one says from the same beginning"
    )


class GuardRate(Strict):
    """The rate above which something must be wrong: `cjo guard` pauses the journey and says so."""

    sends: int = Field(ge=1, description="messages of the journey, to all customers together")
    per: PositiveDuration = Field(description="length of log time in which they are counted")


class JourneyDocument(Strict):
    """A document that defines a journey."""

    journey: Name = Field(description="name of the journey")
    owner: str = Field(description="team that answers for it", min_length=1)
    purpose: str = Field(description="purpose that the customer must have consented to")
    priority: int = Field(0, ge=0, le=1000, description="the higher goes first")
    urgent: bool = Field(False, description="its messages go in quiet hours too; only for `transactional` (rule D6)")
    mode: Literal["live", "shadow"] = Field(
        "live", description="`shadow` decides and logs everything beside the live journeys, and sends nothing"
    )
    revision: int = Field(1, ge=1, description="the highest revision wins")
    time_zone: Zone | None = Field(None, description="for customers without one; by default the workspace's")
    run: PositiveDuration | None = Field(None, description="greatest duration of a run; by default the workspace's")
    per: str | None = Field(None, description="the run's business key: the signal's `per` (default), or `customer`")
    guard: GuardRate | None = Field(None, description="more messages than that, and `cjo guard` pauses the journey")
    enter: Enter = Field(description="which moments open a run")
    exit: RunMatches = Field(default_factory=list, description="touchpoints that end the run at once (rule R3)")
    goal: Goal | None = Field(None, description="what counts as success (rule D10)")
    steps: list[StepItem] = Field(description="what is done, in order", min_length=1)
    migrate: Migrate | None = Field(
        None, description="how runs in flight move to this version; by default they end in the one that they began"
    )


for _model in (Way, Case, Branch, Offer, Decide, Arm, Experiment, JourneyDocument):
    _model.model_rebuild()
