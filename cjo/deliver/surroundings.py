"""What the service works with and does not know itself: where records come from, the time, who is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Protocol

from cjo.deliver.intake import Taken
from cjo.deliver.mark import Mark
from cjo.deliver.offsets import Place
from cjo.deliver.outcome import Action
from cjo.deliver.request import Now

Tell = Callable[[str, Action | None, Mapping[str, Any]], None]
"""Takes an event's name, the action that it is about, and details."""


class Source(Protocol):
    """Where records come from; `cjo.deliver.source.KafkaSource` is one."""

    def begin(self, give_up: Callable[[Collection[Place]], Awaitable[dict[Place, Mark]]]) -> None: ...
    async def poll(self, pause: Collection[str]) -> list[Taken]: ...
    async def behind(self) -> set[str]: ...
    async def is_at_end(self) -> bool: ...
    async def commit(self, marks: dict[Place, Mark]) -> bool: ...


class Clock(Protocol):
    """What time it is, and waiting."""

    def now(self) -> Now: ...
    async def sleep(self, seconds: float) -> None: ...
