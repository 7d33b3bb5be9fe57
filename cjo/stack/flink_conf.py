"""The folders that Flink's processes read: configuration and class path, made anew before each start."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML, YAMLError

from cjo.errors import UsageError
from cjo.resources import data_dir, java_sources
from cjo.settings import LOOPBACK, Settings
from cjo.stack.flink_home import flink_home, flink_jars, site_packages
from cjo.stack.jars import fetch
from cjo.stack.java import java_home

JAVA_OPTIONS = "env.java.opts.all"
METRICS_PORT = "metrics.reporter.prom.port"
LOOPBACK_REPORTER = "io.cjo.flink.LoopbackPrometheusFactory"
"""Flink's own Prometheus reporter listens on every address of the machine."""
# Half the processor time to start; TaskManagers, which do the work, keep the optimising compiler.
QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def environment(settings: Settings, component: str) -> dict[str, str]:
    """The variables of a Flink process, with a log folder of its own."""
    return {
        "JAVA_HOME": str(java_home()),
        "FLINK_HOME": str(flink_home()),
        "FLINK_CONF_DIR": str(conf_dir(settings)),
        "FLINK_LIB_DIR": str(lib_dir(settings)),
        "FLINK_PLUGINS_DIR": str(_plugins(settings)),
        "FLINK_LOG_DIR": str(log_dir(settings, component)),
        "FLINK_PID_DIR": str(settings.run / "flink" / component),
        "FLINK_IDENT_STRING": "cjo",
    }


def conf_dir(settings: Settings) -> Path:
    """The folder of the rendered configuration."""
    return settings.run / "flink" / "conf"


def lib_dir(settings: Settings) -> Path:
    """The folder of links to every jar on the class path."""
    return settings.run / "flink" / "lib"


def log_dir(settings: Settings, component: str) -> Path:
    """The folder of the logs of one Flink process."""
    return settings.logs / component


def prepare(settings: Settings, taskmanagers: int) -> None:
    """Renders the configuration and links the jars, compiling the project's Java where there is some."""
    _render(settings, taskmanagers)
    _link(settings)
    for folder in (settings.checkpoints, settings.savepoints, _temporary(settings), _plugins(settings)):
        folder.mkdir(parents=True, exist_ok=True)


def configuration(settings: Settings, taskmanagers: int) -> dict[str, str]:
    """Flink's whole configuration: what any cluster needs (flink-conf/config.yaml), over it what the user's file says,
    over both what is local here.

    Raises UsageError for a file of the user's that can't be read, or is not flat.
    """
    ports, rest = settings.ports, urlsplit(settings.flink_url)
    local = {
        JAVA_OPTIONS: shipped_java_options(),
        "env.java.opts.jobmanager": QUICK_START,
        "env.java.opts.client": QUICK_START,
        "parallelism.default": taskmanagers,
        "jobmanager.rpc.address": LOOPBACK,
        "jobmanager.rpc.port": ports.flink_rpc,
        "jobmanager.bind-host": LOOPBACK,
        "taskmanager.host": LOOPBACK,
        "taskmanager.bind-host": LOOPBACK,
        "blob.server.port": ports.flink_blob,
        "rest.address": rest.hostname,
        "rest.port": rest.port or (443 if rest.scheme == "https" else 80),
        "rest.bind-address": LOOPBACK,
        "rest.bind-port": ports.flink,
        "io.tmp.dirs": _temporary(settings),
        "execution.checkpointing.dir": settings.checkpoints.as_uri(),
        "execution.checkpointing.savepoint-dir": settings.savepoints.as_uri(),
        "metrics.fetcher.update-interval": "1s",  # how far a job is, by REST: else up to 10 s old
        "metrics.reporter.prom.factory.class": LOOPBACK_REPORTER,
        METRICS_PORT: ports.metrics(0),
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
        "python.pythonpath": site_packages(),
    }
    own = _own_configuration(settings.flink_config) if settings.flink_config else {}
    return cluster_configuration() | own | {key: str(value) for key, value in local.items()}


def cluster_configuration() -> dict[str, str]:
    """What flink-conf/config.yaml says, every value as text."""
    return _as_text(YAML(typ="safe").load((data_dir("flink-conf") / "config.yaml").read_text(encoding="utf-8")))


def _own_configuration(file: Path) -> dict[str, str]:
    hint = "it is to have lines `setting: value`, as flink-conf/config.yaml; or unset CJO_FLINK_CONFIG"
    try:
        loaded = YAML(typ="safe").load(file.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise UsageError(f"cannot read Flink's settings, {file}: {error.strerror}", hint) from error
    except (UnicodeDecodeError, YAMLError) as error:
        raise UsageError(f"cannot read Flink's settings, {file}: {error}", hint) from error
    if not isinstance(loaded, dict):
        raise UsageError(f"Flink's settings, {file}: expected `setting: value`, got {loaded!r:.60}", hint)
    for key, value in loaded.items():
        if not isinstance(key, str) or not isinstance(value, str | int | float | bool):
            raise UsageError(f"Flink's settings, {file}: expected a value for {key!r}, got {value!r:.60}", hint)
    return _as_text(loaded)


def _as_text(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in values.items()}


def shipped_java_options() -> str:
    """The module exports in the configuration that Flink ships; without them it dies on Java 17 and later."""
    shipped = (flink_home() / "conf" / "config.yaml").read_text(encoding="utf-8")
    return " ".join(re.findall(r"--add-(?:exports|opens)=\S+", shipped))


def _plugins(settings: Settings) -> Path:
    """Empty: what the local stack uses of Flink's plugins, the Prometheus reporter, is on its class path."""
    return settings.run / "flink" / "plugins"


def _temporary(settings: Settings) -> Path:
    return settings.run / "flink" / "tmp"


def _render(settings: Settings, taskmanagers: int) -> None:
    folder = conf_dir(settings)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{key}: {json.dumps(value)}\n" for key, value in configuration(settings, taskmanagers).items()]
    (folder / "config.yaml").write_text("".join(lines))
    for file in data_dir("flink-conf").glob("log4j*.properties"):
        shutil.copyfile(file, folder / file.name)


def _link(settings: Settings) -> None:
    """Links are exchanged one by one: a running process may be reading the folder."""
    folder = lib_dir(settings)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {jar.name: jar for jar in [*flink_jars(), *fetch(settings, "flink"), *_own_jars(settings)]}
    for link in folder.iterdir():
        if link.name not in wanted:
            link.unlink()
    for name, jar in wanted.items():
        link = folder / name
        if not (link.is_symlink() and link.readlink() == jar and link.exists()):
            link.unlink(missing_ok=True)
            link.symlink_to(jar)


def _own_jars(settings: Settings) -> list[Path]:
    from cjo.stack.java_build import own_jar

    return [own_jar(settings)] if any(java_sources().rglob("*.java")) else []
