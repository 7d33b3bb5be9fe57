"""The demo from an empty stack to its reconciled summary."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from cjo.avro.registry import Registry
from cjo.compile import compile_workspace
from cjo.demo.board import Board
from cjo.demo.jobwatch import JobWatch
from cjo.demo.ledger import Ledger
from cjo.demo.listener import Listener
from cjo.demo.load import Loaded, bad_kinds, load_shape
from cjo.demo.reconcile import Line, reconcile, releases
from cjo.demo.shape import Shape
from cjo.demo.view import Display
from cjo.demo.world import World
from cjo.errors import CjoError, StackError, UsageError
from cjo.resources import data_dir
from cjo.settings import Settings
from cjo.stack import Stack
from cjo.stack.flink_rest import FlinkRest
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.topics import CONTROL, MEMORY, TOUCHPOINTS, topics_for

_MARK = "made-by-demo"
_LOOK_EVERY_S = 1.0
_FAILURES_MAX = 5
_SILENCE_S = 180.0
_POLL_MS = 200


@dataclass(frozen=True)
class Result:
    """What came of a demo: the reconciliation, how much is still pending, and how long each part took."""

    world: World
    lines: list[Line]
    pending: int
    seconds: dict[str, float]

    @property
    def ok(self) -> bool:
        """True where the job did what the world's own record says, no less and no more."""
        return all(line.ok for line in self.lines)


def run_demo(settings: Settings, shape: Shape, tell: Callable[[str], None]) -> Result:
    """Orchestrate a synthetic week on the real stack, which is wiped first and left running.

    Raises UsageError where the stack holds data that is not a demo's, StackError where it does not come up or stops.
    """
    clock = _Clock()
    with ThreadPoolExecutor(1) as worker:
        making = worker.submit(World, shape)
        stack = fresh_stack(settings)
        clock.lap("stack")
        plan = compile_workspace(data_dir("journeys"))
        topics = topics_for(plan)
        make_topics(settings.broker, topics)
        ids = register_schemas(settings.registry_url, topics)
        world = making.result()
        outputs = [topic.name for topic in topics if topic.name not in (TOUCHPOINTS, CONTROL, MEMORY)]
        with closing(Listener(settings.broker, Registry(settings.registry_url), outputs)) as listener:
            partitions = int(plan["workspace"]["partitions"])
            with _loading(shape, settings.broker, ids[TOUCHPOINTS], partitions) as pipe:
                submitting = worker.submit(_submit, settings, shape.begin_ms)
                board = Board(total=len(world))
                with Display(board) as display:
                    loaded = _Demo(settings, shape, board, display, listener, pipe, submitting).watch()
            clock.lap("week")
            tell("comparing with the world's own record")
            until_ms = loaded.heartbeat_ms - 2 * shape.bound_ms - 1
            ledger = Ledger(world.touches, shape.begin_ms, releases(listener.output.decisions))
            lines = reconcile(ledger, listener.output, bad_kinds(world), until_ms)
    clock.lap("comparison")
    stack.up()
    pending = sum(verdict.at_ms > until_ms for verdict in ledger.verdicts)
    return Result(world, lines, pending, clock.laps)


def fresh_stack(settings: Settings) -> Stack:
    """The local stack, wiped and started, without live heartbeats: the log comes with its own."""
    if not (settings.local_broker and settings.local_registry and settings.local_flink):
        raise UsageError("the demo needs a stack of its own", "unset CJO_BROKER, CJO_REGISTRY and CJO_FLINK")
    mark = settings.data / _MARK
    if settings.data.is_dir() and any(settings.data.iterdir()) and not mark.exists():
        raise UsageError(
            f"{settings.home} holds data that is not the demo's, and the demo would remove it",
            "set CJO_HOME to another folder, or remove the data with `cjo down --wipe`",
        )
    stack = Stack(settings)
    stack.down(wipe=True)
    settings.data.mkdir(parents=True, exist_ok=True)
    mark.touch()
    stack.up(heartbeats=False)
    return stack


def _submit(settings: Settings, live_from_ms: int) -> str:
    from cjo.submission import submit_workspace

    return submit_workspace(settings, data_dir("journeys"), live_from_ms=live_from_ms).id


class _Demo:
    """The time from the first record written to the last decision committed."""

    def __init__(
        self,
        settings: Settings,
        shape: Shape,
        board: Board,
        display: Display,
        listener: Listener,
        pipe: Connection,
        submitting: Future[str],
    ) -> None:
        self._rest = FlinkRest(settings.flink_url)
        self._shape = shape
        self._board = board
        self._display = display
        self._listener = listener
        self._pipe = pipe
        self._submitting = submitting
        self._watch: JobWatch | None = None
        self._loaded = Loaded()
        self._reached_ms: int | None = None
        self._next_look_s = 0.0
        self._failures = 0
        self._committed = False
        self._moved = (time.monotonic(), (0, 0))

    def watch(self) -> Loaded:
        """Keep the display going until everything that the log can decide is decided and committed."""
        while not self._is_over():
            self._take_progress()
            for topic, record in self._listener.poll(_POLL_MS):
                self._board.note_record(topic, record)
            if time.monotonic() >= self._next_look_s:
                self._next_look_s = time.monotonic() + _LOOK_EVERY_S
                self._look_patiently()
            self._display.refresh()
        self._board.stage = "done"
        return self._loaded

    def _take_progress(self) -> None:
        while self._pipe.poll():
            try:
                news = self._pipe.recv()
            except EOFError:
                if not self._loaded.heartbeat_ms:
                    raise StackError("the process that loads the log ended early") from None
                return
            if isinstance(news, Exception):
                raise news if isinstance(news, CjoError) else StackError(f"loading the log failed: {news}")
            self._loaded = news
            self._board.note_loaded(news)

    def _look_patiently(self) -> None:
        """A busy machine's cluster may once not answer; a job that has failed stays failed."""
        try:
            self._look()
            self._failures = 0
        except StackError:
            self._failures += 1
            if self._failures > _FAILURES_MAX:
                raise

    def _look(self) -> None:
        """Ask the cluster how far the job is."""
        if self._watch is None:
            self._board.stage = "submitting the job"
            if not self._submitting.done():
                return
            self._watch = JobWatch(self._rest, self._submitting.result())
            self._moved = (time.monotonic(), (0, 0))  # on a busy machine a submission takes minutes
        self._watch.check()
        watermark_ms = self._watch.watermark_ms()
        self._board.note_read(self._watch.read(), watermark_ms)
        self._board.stage = "loading and orchestrating" if not self._loaded.heartbeat_ms else "catching up"
        if self._loaded.heartbeat_ms and self._reached_ms is None and watermark_ms is not None:
            last_ms = self._loaded.heartbeat_ms - self._shape.bound_ms - 1
            self._reached_ms = int(time.time() * 1000) if watermark_ms >= last_ms else None
        if self._reached_ms is not None:
            self._board.stage = "committing"
            self._committed = self._watch.checkpointed_ms() > self._reached_ms
        self._mind_silence((self._board.read, watermark_ms or 0))

    def _mind_silence(self, position: tuple[int, int]) -> None:
        since_s, known = self._moved
        if position != known or self._reached_ms:
            self._moved = (time.monotonic(), position)
        elif time.monotonic() - since_s > _SILENCE_S:
            raise StackError(f"the job has read nothing for {_SILENCE_S:.0f} s", "see: cjo doctor")

    def _is_over(self) -> bool:
        """True once a checkpoint that began after the last due time was handled is complete and committed."""
        return self._committed and self._listener.is_at_end()


@contextmanager
def _loading(shape: Shape, broker: str, schema_id: int, partitions: int) -> Iterator[Connection]:
    """A process that loads the log; yields the pipe with its progress."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=load_shape, args=(shape, broker, schema_id, partitions, there), daemon=True)
    process.start()
    there.close()
    try:
        yield here
    finally:
        if process.is_alive():
            process.terminate()
        process.join()
        here.close()


class _Clock:
    """Seconds of each part, in order."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._since_s = time.monotonic()

    def lap(self, name: str) -> None:
        now_s = time.monotonic()
        self.laps[name] = now_s - self._since_s
        self._since_s = now_s
