"""The demo's display: a live board on a terminal, a line every few seconds elsewhere; and its summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cjo.demo.board import Board, iso
from cjo.demo.reconcile import Line
from cjo.reasons import length

_LINE_EVERY_S = 5.0


class Display:
    """Shows a board on stderr while it is entered; call `refresh` often."""

    def __init__(self, board: Board, console: Console | None = None) -> None:
        self._board = board
        self._console = console or Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False) if self._console.is_terminal else None
        self._next_line_s = 0.0

    def __enter__(self) -> Display:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.update(_picture(self._board), refresh=True)
            self._live.stop()
        else:
            self._print_line()

    def refresh(self) -> None:
        """Show the board as it is now, if it is time to."""
        if self._live:
            self._live.update(_picture(self._board), refresh=True)
        elif self._board.elapsed_s >= self._next_line_s:
            self._next_line_s = self._board.elapsed_s + _LINE_EVERY_S
            self._print_line()

    def _print_line(self) -> None:
        print(as_line(self._board), file=self._console.file, flush=True)


def as_line(board: Board) -> str:
    """The board in one line."""
    return (
        f"{board.elapsed_s:4.0f} s  {board.stage}  written {board.written:,} ({board.rate('written'):,.0f}/s)"
        f"  read {board.read:,} ({board.rate('read'):,.0f}/s)  behind {board.behind:,}"
        f"  event time {iso(board.position_ms)}  lag {_lag(board)}"
        f"  moments {board.moments.total():,}  actions {board.actions.total():,}"
        f"  dead letters {board.deadletters.total():,}"
    )


def summary(lines: Iterable[Line], pending: int) -> Group:
    """The reconciliation as a table, and examples of what differs."""
    table = Table(title="What came out against the world's own record", title_justify="left")
    table.add_column("")
    for name in ("expected", "found"):
        table.add_column(name, justify="right")
    table.add_column("")
    lines = list(lines)
    for line in lines:
        verdict = "equal" if line.ok else f"{max(line.differing, abs(line.expected - line.found)):,} DIFFER"
        table.add_row(line.name, f"{line.expected:,}", f"{line.found:,}", Text(verdict, "green" if line.ok else "red"))
    notes = [Text(f"{pending:,} decisions are due later: still pending")] if pending else []
    wrong = [Text(f"{line.name}: {example}") for line in lines for example in line.wrong]
    return Group(table, *notes, *wrong)


def _picture(board: Board) -> Group:
    numbers = Table.grid(padding=(0, 2))
    numbers.add_column(no_wrap=True)
    numbers.add_column(justify="right", no_wrap=True)
    numbers.add_column(justify="right", no_wrap=True)
    numbers.add_column(no_wrap=True)
    for name, value in (("written", board.written), ("read", board.read)):
        bar = ProgressBar(total=max(1, board.total), completed=min(value, board.total), width=20)
        numbers.add_row(f"touchpoints {name}", f"{value:,}", f"{board.rate(name):,.0f}/s", bar)
    numbers.add_row("records behind", f"{board.behind:,}")
    numbers.add_row("event time", iso(board.position_ms))
    numbers.add_row("behind the log by", _lag(board))
    actions = Counter({f"{journey} {channel}": n for (journey, channel), n in board.actions.items()})
    reasons = Counter({reason: n for (_, reason), n in board.decisions.items()})
    counts = Table.grid(padding=(0, 2))
    counts.add_row(
        Group(_counts("moments", board.moments), "", _counts("dead letters", board.deadletters)),
        _counts("actions", actions),
        _counts("decisions", reasons),
    )
    last = Text("\n".join(board.last) or "no action yet", no_wrap=True, overflow="ellipsis")
    title = f"{board.stage} ({board.elapsed_s:.0f} s)"
    return Group(
        Panel(numbers, title=title, title_align="left"),
        _funnels(board.funnels),
        counts,
        Panel(last, title="last actions", title_align="left"),
    )


def _lag(board: Board) -> str:
    return "-" if board.lag_ms is None else length(board.lag_ms // 1000 * 1000)


def _funnels(funnels: Mapping[str, Counter[str]]) -> Table:
    """A row a journey: who entered, who is still on the way, and what came of it."""
    table = Table(box=None, padding=(0, 1), header_style="bold")
    table.add_column("journey", no_wrap=True)
    for name in ("entered", "in flight", "sent", "refused", "goal"):
        table.add_column(name, justify="right", min_width=7, no_wrap=True)
    for journey, count in sorted(funnels.items()):
        flying = count["entered"] - count["ended"]
        numbers = (count["entered"], flying, count["sent"], count["refused"], count["goal"])
        table.add_row(journey, *(f"{number:,}" for number in numbers))
    return table


def _counts(title: str, counts: Counter[str]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True, min_width=5)
    table.add_row(Text(title, "bold"), Text(f"{counts.total():,}", "bold"))
    for name, count in sorted(counts.items()):
        table.add_row(name, f"{count:,}")
    return table
