"""`cjo backtest`: the moments that signals would have given over a log, how many, how often, and when."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from cjo.client.connect import quiet
from cjo.client.mapping import load_mapping
from cjo.client.offsets import stretch
from cjo.client.words import iso, readable
from cjo.compile import compile_workspace
from cjo.compile.tracking import load
from cjo.errors import UsageError
from cjo.resources import WORKSPACE, workspace_dir
from cjo.settings import Settings
from cjo.simulate.against import Agreement, Known, agreement
from cjo.simulate.backtest import Backtest, Summary, remembers_ms, signals_only, summaries
from cjo.simulate.expected import read_expected
from cjo.simulate.log import Log, file_log, kafka_log
from cjo.simulate.report import late_line
from cjo.spec.durations import in_words, parse_duration_ms
from cjo.spec.problems import did_you_mean
from cjo.topics import TOUCHPOINTS
from cjo.values import to_timestamp

_BAR = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.usage = "cjo backtest [-h] [options] [SIGNAL ...] LOG"
    kinds = "JSON Lines, .csv or .parquet; - for stdin"
    parser.add_argument("words", nargs="*", metavar="LOG", help=f"signals (by default all), then touchpoints: {kinds}")
    parser.add_argument("--map", type=Path, metavar="FILE", help="mapping.yaml: how columns become touchpoints")
    parser.add_argument("--sort", action="store_true", help="by event time first, for exports in any other order")
    parser.add_argument("--workspace", type=Path, metavar="FOLDER", help=WORKSPACE)
    parser.add_argument("--kafka", action="store_true", help="read the log itself, in Kafka, instead of LOG")
    parser.add_argument("--topic", default=TOUCHPOINTS, help=f"with --kafka (default: {TOUCHPOINTS})")
    parser.add_argument("--from", dest="from_", metavar="TIME", help="only moments from then on (ISO 8601 with zone)")
    parser.add_argument("--to", metavar="TIME", help="only moments before this time")
    parser.add_argument("--against", type=Path, metavar="FILE", help="expected subject, time, signal: CSV, JSON Lines")
    parser.add_argument("--tolerance", default="5 minutes", metavar="T", help="how far apart times may be (5 minutes)")
    parser.add_argument("--json", action="store_true", help="print the summary as a JSON object, not the moments")


def run(args: argparse.Namespace) -> int:
    """Prints moments as JSON Lines, the summary on stderr; returns 1 if a row of the log could not be used."""
    quiet()
    folder = workspace_dir(args.workspace)
    plan = compile_workspace(folder)
    names, name = _split(args, [signal["name"] for signal in plan["signals"]])
    plan = signals_only(plan, names)
    from_ms, to_ms = _time(args.from_, "--from"), _time(args.to, "--to")
    tolerance_ms = _length(args.tolerance)
    signals = names or [signal["name"] for signal in plan["signals"]]
    expected = read_expected(args.against, signals) if args.against else None
    reads_ms = _reads_ms(plan, from_ms, to_ms, tolerance_ms if args.against else 0)
    log = _log(args, name, plan, folder, reads_ms)
    test = Backtest(plan)
    if args.sort:
        test.take(sorted(log, key=lambda taken: taken[1]["at"]))
    else:
        test.take(log, lambda: log.newest_ms)
    until_ms = log.last_ms or 0
    all_moments = [one for one in test.moments(until_ms) if one["signal"] in signals]  # not those of its inputs
    moments = [one for one in all_moments if _inside(one["at"], from_ms, to_ms)]
    begins_ms = log.first_ms if name is not None else _begins_ms(args.topic, reads_ms[0], log)
    found = [one for one in summaries(plan, moments, begins_ms, from_ms) if one.signal in signals]
    compared = None
    if expected is not None:
        compared = agreement(all_moments, expected, tolerance_ms, lambda at_ms: _inside(at_ms, from_ms, to_ms))
    if args.json:
        print(json.dumps(_summary(found, compared, log), ensure_ascii=False))
    else:
        for moment in moments:
            print(json.dumps(readable(moment), ensure_ascii=False))
        _describe(found, compared, tolerance_ms, log)
    if test.late:
        print(late_line(test.late, args.kafka), file=sys.stderr)
    return 1 if log.refused else 0


def _split(args: argparse.Namespace, known: list[str]) -> tuple[list[str], str | None]:
    """The names of signals, and the log's; None for the one in Kafka."""
    if args.kafka and args.map:
        raise UsageError("--map is for files", "what is in Kafka are touchpoints already")
    if not args.kafka and not args.words:
        raise UsageError("expected a log, or --kafka", "use - to read JSON Lines from stdin")
    names, name = (args.words, None) if args.kafka else (args.words[:-1], args.words[-1])
    for one in names:
        if one not in known:
            raise UsageError(f"unknown signal '{one}'", did_you_mean(one, known, "defined signals:"))
    if name in known and not Path(name).exists():
        raise UsageError(f"'{name}' is a signal; expected a log after it", "name a file, - for stdin, or --kafka")
    return names, name


_Range = tuple[int | None, int | None]
"""From a time on, before a time; None: no limit."""


def _log(args: argparse.Namespace, name: str | None, plan: dict[str, Any], folder: Path, reads_ms: _Range) -> Log:
    if name is not None:
        return file_log(name, plan, load(folder), load_mapping(args.map) if args.map else None)
    return kafka_log(Settings.load(), args.topic, plan, *reads_ms)


def _reads_ms(plan: dict[str, Any], from_ms: int | None, to_ms: int | None, beside_ms: int) -> _Range:
    """The record timestamps between which the log is read for moments between two times, and so much beside them."""
    workspace, back_ms = plan["workspace"], remembers_ms(plan)
    since_ms = None if from_ms is None or back_ms is None else from_ms - beside_ms - back_ms - workspace["bound_ms"]
    # so late a record may come and count
    until_ms = None if to_ms is None else to_ms + beside_ms + workspace["late_horizon_ms"]
    return since_ms, until_ms


def _begins_ms(topic: str, since_ms: int | None, log: Log) -> int | None:
    """When the log in Kafka begins, of which a range was read; where heads of partitions are gone, the last of them."""
    if since_ms is None or log.first_ms is None:
        return log.first_ms
    known = stretch(Settings.load(), topic, since_ms)
    if known.first_ms is None:
        return log.first_ms
    return known.first_ms if any(known.begins.values()) else min(known.first_ms, log.first_ms)


def _inside(at_ms: int, from_ms: int | None, to_ms: int | None) -> bool:
    return (from_ms is None or at_ms >= from_ms) and (to_ms is None or at_ms < to_ms)


def _time(text: str | None, option: str) -> int | None:
    found = to_timestamp(text) if text is not None else None
    if text is not None and found is None:
        raise UsageError(f"{option}: expected ISO 8601 with a zone, such as 2026-11-01T00:00:00Z, got {text!r}")
    return found


def _length(text: str) -> int:
    try:
        return parse_duration_ms(text)
    except ValueError as error:
        raise UsageError(f"--tolerance: {error}", "write a number and a unit, like `5 minutes`") from error


def _describe(found: Collection[Summary], compared: Agreement | None, tolerance_ms: int, log: Log) -> None:
    told = [line for one in found for line in _signal(one)]
    if log.first_ms is not None and log.last_ms is not None:
        told.insert(0, f"{log.touchpoints:,} touchpoints from {iso(log.first_ms)} to {iso(log.last_ms)}")
    else:
        told.insert(0, "the log holds no touchpoint")
    for line in told + (_compared(compared, tolerance_ms) if compared else []):
        print(line, file=sys.stderr)


def _signal(one: Summary) -> list[str]:
    if not one.moments:
        return [f"{one.signal}: never", *_complete(one)]
    each = f"{one.each_median:g} each at the median, {one.each_most} at most"
    plural = "s" if one.moments != 1 else "", "s" if one.subjects != 1 else ""
    head = f"{one.signal}: {one.moments:,} moment{plural[0]} for {one.subjects:,} subject{plural[1]}, {each}"
    most = max(one.days.values())
    days = [f"  {day}  {count:>8,}  {'#' * max(1, count * _BAR // most)}" for day, count in one.days.items()]
    return [head, *_complete(one), *days]


def _complete(one: Summary) -> list[str]:
    if one.complete_from_ms is None:
        return []
    return [f"  complete from {iso(one.complete_from_ms)}: the log begins later than the signal looks back"]


def _compared(compared: Agreement, tolerance_ms: int) -> list[str]:
    head = f"within {in_words(tolerance_ms)}: {compared.hits:,} as expected, {len(compared.missing):,} missing, "
    head += f"{len(compared.surplus):,} not expected; precision {_figure(compared.precision)}, "
    head += f"recall {_figure(compared.recall)}, F1 {_figure(compared.f1)}"
    lists = (("missing", compared.missing), ("not expected", compared.surplus))
    return [head, *(f"  {what}: {_known(one)}" for what, ones in lists for one in ones)]


def _known(one: Known) -> str:
    return f"{one.signal} of {one.subject} at {iso(one.at_ms)}"


def _figure(share: float | None) -> str:
    return "none" if share is None else f"{share:.3f}"


def _summary(found: Collection[Summary], compared: Agreement | None, log: Log) -> dict[str, Any]:
    signals = [{**vars(one), "complete_from": _iso(one.complete_from_ms)} for one in found]
    for one in signals:
        del one["complete_from_ms"]
    told: dict[str, Any] = {
        "touchpoints": log.touchpoints,
        "refused": log.refused,
        "first": _iso(log.first_ms),
        "last": _iso(log.last_ms),
        "signals": signals,
    }
    if compared is not None:
        figures = {"precision": compared.precision, "recall": compared.recall, "f1": compared.f1}
        lists = {"missing": compared.missing, "surplus": compared.surplus}
        listed = {name: [_listed(one) for one in ones] for name, ones in lists.items()}
        told["against"] = {"hits": compared.hits, **figures, **listed}
    return told


def _listed(one: Known) -> dict[str, str | None]:
    return {"signal": one.signal, "subject": one.subject, "time": _iso(one.at_ms)}


def _iso(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(at_ms)
