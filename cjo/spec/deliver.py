"""Wire model of deliver.yaml: who carries out the actions of which channel, how fast, and where secrets come from.

A secret is never in the file: a key that ends in `_env` names the environment variable that holds it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from cjo.mailbox import mailbox_of
from cjo.spec.common import Duration, Name, PositiveDuration, Strict

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
_RATE = re.compile(r"([0-9]{1,7}) per (second|minute|hour)").fullmatch
_PER_S = {"second": 1, "minute": 60, "hour": 3600}
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}").fullmatch
#: What a row of a list holds unless deliver.yaml says otherwise.
COLUMNS = ["action_id", "customer_id", "address", "journey", "step", "decided_at", "expires_at", "content.body"]
_COLUMN = re.compile(r"[a-z_]+|(content|variables)\.[A-Za-z0-9_-]+").fullmatch
_OF_ACTION = (
    "action_id", "customer_id", "address", "journey", "step", "purpose", "channel", "decided_at", "not_before",
    "expires_at", "template", "locale",
)  # fmt: skip


def _rate(value: Any) -> float:
    found = _RATE(value) if isinstance(value, str) else None
    if found is None or int(found[1]) == 0:
        raise PydanticCustomError("wrong_value", "expected a rate such as `50 per second` or `600 per hour`", {})
    return int(found[1]) / _PER_S[found[2]]


def _variable(value: Any) -> str:
    # What was written is not repeated: it may be the secret itself.
    if not isinstance(value, str) or not _VARIABLE(value):
        raise PydanticCustomError("wrong_value", "expected the name of an environment variable, in capital letters", {})
    return value


def _web(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s#]*)?", value):
        raise PydanticCustomError("wrong_value", "expected a URL that starts with https:// or http://, no login", {})
    return value


def _mailbox(value: str) -> str:
    try:
        is_one = mailbox_of(value).address.isascii()
    except ValueError:
        is_one = False
    if not is_one:
        said = "expected one address, as `hello@shop.example` or `Shop <hello@shop.example>`, got '{got}'"
        raise PydanticCustomError("wrong_value", said, {"got": value})
    return value


def _column(value: str) -> str:
    if not _COLUMN(value) or ("." not in value and value not in _OF_ACTION):
        said = "'{got}' is no column: expected content.PART, variables.NAME or one of {known}"
        raise PydanticCustomError("wrong_value", said, {"got": value, "known": ", ".join(_OF_ACTION)})
    return value


#: Requests a second, written in words.
Rate = Annotated[
    float,
    BeforeValidator(_rate, json_schema_input_type=Annotated[str, Field(pattern=r"^[0-9]+ per (second|minute|hour)$")]),
]
Variable = Annotated[
    str,
    BeforeValidator(_variable, json_schema_input_type=Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]),
]
Web = Annotated[str, AfterValidator(_web)]
Sender = Annotated[str, AfterValidator(_mailbox)]
Port = Annotated[int, Field(ge=1, le=65535)]


class _Carrier(Strict):
    rate: Rate | None = Field(None, description="hard limit of attempts, such as `50 per second` or `600 per hour`")
    parallel: int = Field(4, ge=1, le=1000, description="attempts at the same time")
    attempts: int = Field(12, ge=1, le=1000, description="after so many without success the action has failed")
    backoff: PositiveDuration = Field(SECOND_MS, description="wait after the first failed attempt; doubles each time")
    backoff_max: PositiveDuration = Field(5 * MINUTE_MS, description="longest wait between attempts")


class Webhook(_Carrier):
    """Posts each action as JSON to a URL, signed."""

    kind: Literal["webhook"] = Field(description="posts actions to a URL")
    url: Web = Field(description="where to", examples=["https://crm.example/actions"])
    secret_env: Variable = Field(description="variable with the signing secret", examples=["CRM_SECRET"])
    timeout: PositiveDuration = Field(10 * SECOND_MS, description="for a whole attempt")


class Smtp(_Carrier):
    """Sends each action as an e-mail over an SMTP server."""

    kind: Literal["smtp"] = Field(description="sends e-mails")
    host: str = Field(min_length=1, description="the server", examples=["smtp.example.org"])
    port: Port = Field(587, description="its port")
    tls: Literal["starttls", "implicit", "none"] = Field(
        "starttls", description="`none` only where the way to the server is safe in itself"
    )
    user_env: Variable | None = Field(None, description="variable with the user name; without it nobody logs in")
    password_env: Variable | None = Field(None, description="variable with the password")
    sender: Sender = Field(
        description="the From header: one address, with or without a name", examples=["'Shop <hello@shop.example>'"]
    )
    reply_to: Sender | None = Field(None, description="the Reply-To header, likewise")
    one_click: bool = Field(
        False, description="the unsubscribe link takes a POST as RFC 8058 wants it: says so in a header"
    )
    timeout: PositiveDuration = Field(
        30 * SECOND_MS, description="until the server is ready for the message, and once more until it has taken it"
    )

    @model_validator(mode="after")
    def _whole_login(self) -> Smtp:
        if (self.user_env is None) != (self.password_env is None):
            raise PydanticCustomError("wrong_value", "expected both `user_env` and `password_env`, or neither", {})
        return self


class Outbox(_Carrier):
    """Writes each action as a row into a file a day: print runs, call lists."""

    kind: Literal["outbox"] = Field(description="writes lists")
    folder: str = Field(min_length=1, description="where the files are, relative to this file")
    format: Literal["csv", "jsonl"] = Field("csv", description="jsonl holds the whole action, one a line")
    columns: list[Annotated[str, AfterValidator(_column)]] = Field(
        default_factory=lambda: list(COLUMNS), min_length=1, description="of csv: fields of the action, `content.PART`"
    )


class Sse(_Carrier):
    """Pushes each action to the customer's open pages as server-sent events; waits for a page until it expires."""

    kind: Literal["sse"] = Field(description="pushes to open pages")
    host: str = Field("127.0.0.1", description="address to listen at")
    port: Port = Field(description="port to listen at", examples=[8090])
    secret_env: Variable = Field(description="variable with the secret of page tokens", examples=["WEB_SECRET"])
    origins: list[Web] = Field(default_factory=list, description="sites whose pages may listen (CORS)")


Carrier = Annotated[Webhook | Smtp | Outbox | Sse, Field(discriminator="kind")]


class Links(Strict):
    """Reports who opened and clicked: a pixel and signed links in the HTML part of e-mails."""

    url: Web = Field(description="how customers reach the port below", examples=["https://t.shop.example"])
    host: str = Field("127.0.0.1", description="address to listen at")
    port: Port = Field(description="port to listen at", examples=[8091])
    secret_env: Variable = Field(description="variable with the secret that signs links", examples=["LINK_SECRET"])


class Deliver(Strict):
    """A file that says how `cjo deliver` carries out actions: deliver.yaml, or any file with `carriers`."""

    carriers: Annotated[dict[Name, Carrier], Field(min_length=1)] = Field(description="who carries out, by name")
    channels: Annotated[dict[Name, Name], Field(min_length=1)] = Field(
        description="channel (or emit) of workspace.yaml and its carrier", examples=["{email: mail}"]
    )
    group: Name = Field("cjo-deliver", description="consumer group that keeps the place; one for each file")
    start: Literal["earliest", "latest"] = Field(
        "earliest", description="where a group begins in partitions that it is new to"
    )
    journal: str | None = Field(
        None, description="file of outcomes, relative to this file; by default in CJO_HOME, named for the group"
    )
    keep: PositiveDuration = Field(
        35 * 24 * 60 * MINUTE_MS, description="how long the journal keeps outcomes, at least"
    )
    pending: int = Field(
        20_000, ge=1, le=10_000_000, description="actions that a carrier has in memory; more stay on the topic"
    )
    stop_within: Duration = Field(20 * SECOND_MS, description="when told to stop: time for attempts under way")
    test_recipients: list[str] = Field(
        default_factory=list, description="addresses and customers that get actions of mode `test`; others get none"
    )
    links: Links | None = Field(None, description="who opened and clicked")
