"""From deliver.yaml to a service: carriers, gates, journal, log, source, put together, opened and closed."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from cjo.client.producer import TouchpointProducer, now_ms
from cjo.deliver.books import Books
from cjo.deliver.carriers import OutboxCarrier, SmtpCarrier, SseCarrier, WebhookCarrier
from cjo.deliver.desk import Desk
from cjo.deliver.gate import Gate
from cjo.deliver.intake import Intake
from cjo.deliver.journal import Journal
from cjo.deliver.links import LinkMaker, LinkServer
from cjo.deliver.load import Loaded, Secrets
from cjo.deliver.offsets import Offsets
from cjo.deliver.outcome import Action, Carrier
from cjo.deliver.request import Now
from cjo.deliver.service import Service
from cjo.deliver.source import KafkaSource
from cjo.deliver.surroundings import Tell
from cjo.deliver.wayout import way_out
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.spec.deliver import Outbox, Smtp, Sse, Webhook

_FORGET_S = 60.0
#: What a carrier may need beyond its `timeout` to see that it is over.
_MARGIN_S = 1.0


class SystemClock:
    """The machine's own time."""

    def now(self) -> Now:
        """Wall clock and monotonic clock."""
        return Now(now_ms(), time.monotonic())

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class _Openable(Protocol):
    async def open(self) -> None: ...
    async def close(self) -> None: ...


@asynccontextmanager
async def service(loaded: Loaded, settings: Settings, secrets: Secrets, tell: Tell) -> AsyncIterator[Service]:
    """The service that a file describes, with everything that it needs open.

    Raises UsageError where secrets are missing, StackError where something can't be reached: all of it at once.
    """
    deliver, clock = loaded.deliver, SystemClock()
    link_secrets = secrets.signing(deliver.links.secret_env) if deliver.links else []
    carriers = {name: _carrier(loaded, name, secrets, link_secrets) for name in loaded.topics}
    secrets.raise_if_any(loaded.folder)
    async with AsyncExitStack() as stack:
        journal = Journal(loaded.journal(settings))
        stack.callback(journal.close)
        log = TouchpointProducer(settings, linger_ms=5)
        stack.callback(log.close)
        source = KafkaSource(
            settings, deliver.group, loaded.carriers, deliver.start,
            lambda said: tell("missing", None, {"detail": said}),
        )  # fmt: skip
        stack.push_async_callback(source.close)
        offsets = Offsets()
        books = Books(
            journal, log, offsets, lambda line, why: tell("unreported", line.get("attributes"), {"detail": why})
        )
        desk = Desk({name: _gate(deliver.carriers[name]) for name in carriers})
        intake = Intake(desk, journal, loaded.carriers, deliver.test_recipients)
        made = Service(
            source, desk, intake, books, offsets, carriers, loaded.topics, clock, tell,
            deliver.pending, _stop_within_s(loaded),
        )  # fmt: skip
        forgetting = asyncio.create_task(_forget(journal, deliver.keep, made.needed_from_ms, tell))
        stack.callback(forgetting.cancel)
        for name, carrier in carriers.items():
            if isinstance(carrier, SseCarrier):
                carrier.arrived = _arrivals(made, name)
        parts: dict[str, _Openable] = dict(carriers)
        if deliver.links:
            parts["links"] = LinkServer(deliver.links, link_secrets, books.say, now_ms)
        await _open(parts, stack)
        yield made


async def _forget(
    journal: Journal,
    keep_ms: int,
    needed_from_ms: Callable[[], Awaitable[int | None]],
    tell: Tell,
    every_s: float = _FORGET_S,
) -> None:
    """Keep the journal from growing. A failure is told; the next turn tries again."""
    while True:
        await asyncio.sleep(every_s)
        needed = await needed_from_ms()
        try:
            if needed is not None:
                await asyncio.to_thread(journal.forget, min(now_ms() - keep_ms, needed))
        except StackError as error:
            tell("unforgotten", None, {"detail": error.message})


def _stop_within_s(loaded: Loaded) -> float:
    """No less than an e-mail may take, its `timeout` before the message begins and once more from then on: it can't be
    broken off, and its answer would be lost."""
    mails = (loaded.deliver.carriers[name] for name in loaded.topics)
    longest = max((2 * spec.timeout / 1000 + _MARGIN_S for spec in mails if isinstance(spec, Smtp)), default=0.0)
    return max(loaded.deliver.stop_within / 1000, longest)


def _arrivals(made: Service, name: str) -> Callable[[str], None]:
    return lambda customer: made.arrived(name, customer)


async def _open(parts: Mapping[str, _Openable], stack: AsyncExitStack) -> None:
    """Open everything; one StackError tells all that can't be."""
    problems = []
    for name, part in parts.items():
        stack.push_async_callback(part.close)
        try:
            await part.open()
        except StackError as error:
            problems.append(f"{name}: {error.message}; {error.hint}")
    if problems:
        raise StackError("not everything that carries out actions is there:\n" + "\n".join(problems))


def _gate(spec: Any) -> Gate:
    return Gate(spec.rate, spec.parallel, spec.attempts, spec.backoff / 1000, spec.backoff_max / 1000, random.random)


def _carrier(loaded: Loaded, name: str, secrets: Secrets, link_secrets: list[bytes]) -> Carrier:
    spec = loaded.deliver.carriers[name]
    match spec:
        case Webhook():
            return WebhookCarrier(spec, secrets.signing(spec.secret_env))
        case Outbox():
            return OutboxCarrier(spec, loaded.folder / spec.folder, loaded.workspace.time_zone, time.time)
        case Sse():
            return SseCarrier(spec, secrets.signing(spec.secret_env))
        case Smtp():
            return _smtp(loaded, spec, secrets, link_secrets)


def _smtp(loaded: Loaded, spec: Smtp, secrets: Secrets, link_secrets: list[bytes]) -> SmtpCarrier:
    def unsubscribe(action: Action) -> str | None:
        return way_out(action, loaded.workspace)

    login = secrets.login(spec)
    if loaded.deliver.links is None or not link_secrets:
        return SmtpCarrier(spec, login, unsubscribe)
    links = LinkMaker(loaded.deliver.links, link_secrets)
    return SmtpCarrier(spec, login, unsubscribe, lambda action: links.marked(action, unsubscribe(action)))
