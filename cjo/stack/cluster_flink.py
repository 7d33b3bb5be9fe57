"""What a Flink cluster that is not the local one has of what the jobs need, told by its REST API alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from cjo.spec.durations import parse_duration_ms
from cjo.stack.coordinates import jars_for
from cjo.stack.findings import Finding
from cjo.stack.flink_home import flink_jars
from cjo.stack.flink_rest import FlinkRest
from cjo.stack.java import NEWEST
from cjo.stack.java_build import OWN_JAR, own_jar_name

VERSION = "2.3"
FILE = "flink-conf/config.yaml"
PYTHON = "flink-python"
SLOW_MS = 60_000
CLEARED_MS = 5_000  # after its last task is gone a worker clears a job's code: a broken copy is made anew after that
JAVA_OLDEST, JAVA_OLDEST_STRICT = 11, 17
_SET = f"set it in the cluster's configuration as {FILE} does, and restart its processes"
_LASTING = ("exponential-delay", "failure-rate", "exponentialdelay", "failurerate")
_STORED = "a folder that every Flink process reaches, such as s3://bucket/checkpoints"


def look(rest: FlinkRest) -> Iterator[Finding]:
    """Findings about the cluster. StackError where it does not answer."""
    overview = rest.get("/overview")
    config = {row["key"]: str(row["value"]) for row in rest.get("/jobmanager/config")}
    taskmanagers = rest.get("/taskmanagers")["taskmanagers"]
    yield _version(overview)
    environment = rest.get("/jobmanager/environment")
    yield _java(environment["jvm"])
    yield from _jars(environment)
    yield from _slots(config, taskmanagers)
    yield _python(config)
    yield _pemja(config)
    yield from _checkpoints(config, taskmanagers)
    yield _restarts(config)
    yield _survival(config)
    yield _metrics(config)


def _version(overview: Mapping[str, Any]) -> Finding:
    version = str(overview["flink-version"])
    ok = version.startswith(f"{VERSION}.")
    hint = "" if ok else f"use Flink {VERSION}: cjo's operator is made for its inner names, which others change"
    return Finding("flink", ok, version, hint)


def _java(jvm: Mapping[str, Any]) -> Finding:
    """Flink reaches into Java's own modules, which Java 17 and later must be told to allow."""
    found = re.search(r"- (\d+)[/.]", str(jvm["version"]))
    version = int(found[1]) if found else 0
    if not JAVA_OLDEST <= version <= NEWEST:
        return Finding("java", False, str(jvm["version"]), f"run Flink with Java {JAVA_OLDEST} to {NEWEST}")
    ok = version < JAVA_OLDEST_STRICT or any("--add-opens=java.base/java.lang=" in word for word in jvm["options"])
    hint = "keep the env.java.opts.all of the config.yaml that Flink ships: without it Java refuses what Flink needs"
    return Finding("java", ok, f"{version}{'' if ok else ', without --add-opens'}", "" if ok else hint)


def _jars(environment: Mapping[str, Any]) -> Iterator[Finding]:
    """By the JobManager's class path: nothing tells a TaskManager's."""
    have = [PurePosixPath(path).name for path in environment["classpath"]]
    wanted = {jar.name: jar.artifact for jar in jars_for("flink")}
    wanted |= {path.name: PYTHON for path in flink_jars() if path.name.startswith(PYTHON)}
    for name, artifact in wanted.items():
        near = [jar for jar in have if jar.startswith(f"{artifact}-")]
        yield _jar(name, name in have, near, f"put {name} into the lib folder of every Flink process, and restart it")
    own = own_jar_name()
    near = [jar for jar in have if jar.startswith(OWN_JAR)]
    hint = f"put {own} there; `cjo up --only flink` or `cjo submit` makes it in ~/.cache/cjo/built"
    yield _jar(own, own in have, near, hint)
    twice = near if own in have and len(near) > 1 else []
    if twice:
        yield Finding("jars", False, f"two versions of cjo's own jar: {', '.join(near)}", f"leave {own} alone there")


def _jar(name: str, there: bool, near: list[str], hint: str) -> Finding:
    found = name if there else f"no {name}" + (f", but {', '.join(near)}" if near else "")
    return Finding("jar", there, found, "" if there else hint)


def _slots(config: Mapping[str, str], taskmanagers: list[Mapping[str, Any]]) -> Iterator[Finding]:
    if not taskmanagers:
        yield Finding("taskmanagers", None, "none is registered now", "a job needs one for each of its subtasks")
    counts = {int(row["slotsNumber"]) for row in taskmanagers} or {int(config.get("taskmanager.numberOfTaskSlots", 1))}
    if counts == {1}:
        yield Finding("slots", True, f"1 in each of {len(taskmanagers)} TaskManagers" if taskmanagers else "1")
        return
    found = f"{' or '.join(map(str, sorted(counts)))} in a TaskManager"
    yield Finding("slots", None, found, "taskmanager.numberOfTaskSlots: 1, and more TaskManagers: slots share one "
                  "Python, and wait for each other")  # fmt: skip


def _python(config: Mapping[str, str]) -> Finding:
    mode = config.get("python.execution-mode", "not set")
    path = config.get("python.pythonpath")
    found = f"mode {mode}; the jobs ask for thread themselves"
    hint = (
        "" if path else "where the workers' Python is a virtual environment: set python.pythonpath to its site-packages"
    )
    return Finding("python", True if path else None, found, hint)


def _pemja(config: Mapping[str, str]) -> Finding:
    key = "classloader.parent-first-patterns.additional"
    found = config.get(key, "")
    ok = any(part.strip().startswith("pemja") for part in found.replace(",", ";").split(";"))
    hint = f"{key}: pemja. (without it a second job on a TaskManager can't start); {_SET}"
    return Finding("pemja", ok, f"{key}: {found or 'not set'}", "" if ok else hint)


def _checkpoints(config: Mapping[str, str], taskmanagers: list[Mapping[str, Any]]) -> Iterator[Finding]:
    folder = config.get("execution.checkpointing.dir") or config.get("state.checkpoints.dir") or ""
    if not folder:
        yield Finding("checkpoints", False, "execution.checkpointing.dir: not set", f"set it to {_STORED}")
    elif folder.startswith("file:") and len({_host(row) for row in taskmanagers} - _OWN) > 1:
        yield Finding("checkpoints", None, folder, f"every machine must see the same files there; else take {_STORED}")
    else:
        yield Finding("checkpoints", True, folder)
    yield _interval(config.get(_EVERY, ""), config.get(_IN_BACKLOG, ""))
    key = "execution.checkpointing.externalized-checkpoint-retention"
    kept = config.get(key, "not set")
    ok = kept.upper() == "RETAIN_ON_CANCELLATION"
    yield Finding("kept", True if ok else None, f"{key}: {kept}", "" if ok else f"RETAIN_ON_CANCELLATION: {_SET}")


_OWN = frozenset(("127.0.0.1", "localhost"))


def _host(taskmanager: Mapping[str, Any]) -> str:
    return str(taskmanager["path"]).rpartition("@")[2].partition(":")[0]


_EVERY = "execution.checkpointing.interval"
_IN_BACKLOG = "execution.checkpointing.interval-during-backlog"


def _interval(text: str, in_backlog: str) -> Finding:
    interval_ms = _ms(text)
    if interval_ms <= 0:
        found = f"{_EVERY}: {text or 'not set'}"
        return Finding("interval", False, found, f"an action is visible with a checkpoint: {_EVERY}: 2s; {_SET}")
    if in_backlog and _ms(in_backlog) < interval_ms:
        found = f"{_IN_BACKLOG}: {in_backlog}, and {_EVERY}: {text}"
        hint = "Flink refuses one that is shorter than the other, and with 0 nothing becomes visible in a backlog"
        return Finding("interval", False, found, f"{hint}; {_SET}")
    slow = interval_ms > SLOW_MS
    hint = "an action waits for the checkpoint after it: take seconds where customers wait for it" if slow else ""
    return Finding("interval", None if slow else True, f"{_EVERY}: {text}", hint)


def _ms(text: str) -> int:
    """0 for what is no duration."""
    try:
        return flink_ms(text)
    except ValueError:
        return 0


def flink_ms(text: str) -> int:
    """A duration as Flink writes it (`2s`, `10 min`, `500 ms`, `PT2S`) in milliseconds. ValueError for another."""
    words = text.strip().lower().removeprefix("pt")
    return int(words) if words.isdigit() else parse_duration_ms(re.sub(r"(?<=[\d\s])m$", "min", words))


def _restarts(config: Mapping[str, str]) -> Finding:
    kind = config.get("restart-strategy.type") or config.get("restart-strategy") or ""
    if not kind:
        return Finding("restarts", True, "restart-strategy.type: not set, so exponential-delay without an end")
    if kind in _LASTING:
        return _longest_wait(kind, config)
    ends = kind in ("none", "off", "disable")
    hint = (
        f"{'one failure ends' if ends else 'a long outage uses up the attempts of'} the job: exponential-delay; {_SET}"
    )
    return Finding("restarts", False if ends else None, f"restart-strategy.type: {kind}", hint)


def _longest_wait(kind: str, config: Mapping[str, str]) -> Finding:
    """Attempts that come quicker than a worker clears the code of the last one never get another copy of it."""
    key = {"exponential-delay": "restart-strategy.exponential-delay.max-backoff",
           "failure-rate": "restart-strategy.failure-rate.delay"}.get(kind, "")  # fmt: skip
    found = f"restart-strategy.type: {kind}"
    try:
        wait_ms = flink_ms(config[key]) if key in config else None
    except ValueError:
        wait_ms = None
    if wait_ms is None or wait_ms >= 1.5 * CLEARED_MS:
        return Finding("restarts", True, found)
    hint = f"10s: a worker clears the code of a job {CLEARED_MS // 1000} s after it failed; {_SET}"
    return Finding("restarts", None, f"{found}, {key}: {config[key]}", hint)


def _survival(config: Mapping[str, str]) -> Finding:
    kind = config.get("high-availability.type") or config.get("high-availability") or "NONE"
    ok = kind.upper() != "NONE"
    hint = "" if ok else "a JobManager that dies forgets its jobs: set it up, or submit again with --from-savepoint"
    return Finding("survival", True if ok else None, f"high-availability.type: {kind}", hint)


def _metrics(config: Mapping[str, str]) -> Finding:
    names = [name.strip() for name in config.get("metrics.reporters", "").split(",") if name.strip()]
    kinds = {key: value for key, value in config.items() if key.startswith("metrics.reporter.")}
    factories = {name: kinds.get(f"metrics.reporter.{name}.factory.class", "") for name in names} or {
        key.split(".")[2]: value for key, value in kinds.items() if key.endswith(".factory.class")
    }
    for name, factory in factories.items():
        if "Prometheus" in factory:
            return Finding("metrics", True, f"{name}, port {kinds.get(f'metrics.reporter.{name}.port', '9249')}")
    found = f"reporters: {', '.join(factories) or 'none'}"
    return Finding("metrics", None, found, f"nobody sees the lag: metrics.reporters: prom, as {FILE} has it")
