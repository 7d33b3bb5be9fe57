"""Where cjo finds its broker, registry and cluster, and where it keeps its files.

Every value comes from an environment variable or its default; the command line overrides both:

| variable | meaning | default |
|---|---|---|
| `CJO_HOME` | data, logs, process records of the local stack | `~/.local/share/cjo` |
| `CJO_CACHE` | jars, shared by all stacks of this user | `~/.cache/cjo` |
| `CJO_PORT_BASE` | the local stack's ports are this number plus a fixed offset | 19000 |
| `CJO_BROKER` | Kafka broker, host:port | the local stack's |
| `CJO_REGISTRY` | URL of a registry with Confluent's API | the local stack's |
| `CJO_FLINK` | URL of Flink's REST API | the local stack's |
| `CJO_KAFKA_CONFIG` | file of options of Kafka's clients, such as how to log in (Java properties) | none |
| `CJO_REGISTRY_CONFIG` | the same for the registry | none |
| `CJO_FLINK_CONFIG` | YAML file of settings of the local stack's Flink, over those of flink-conf/config.yaml | none |
| `CJO_WORKSPACE` | the workspace that commands work on (`cjo.resources`) | the current folder where it is one |
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cjo.errors import UsageError
from cjo.security import Address, Options, read_options
from cjo.security.kafka import check_names
from cjo.security.registry import named

LOOPBACK = "127.0.0.1"
TASKMANAGERS_MAX = 19
"""Of the local stack: as many as have a port for their metrics."""


@dataclass(frozen=True)
class Ports:
    """The local stack's listening ports, all on loopback, at fixed offsets from `base`."""

    base: int

    @property
    def broker(self) -> int:
        """Kafka clients."""
        return self.base + 92

    @property
    def controller(self) -> int:
        """Kafka's own quorum."""
        return self.base + 93

    @property
    def registry(self) -> int:
        """The schema registry, HTTP."""
        return self.base + 81

    @property
    def registry_management(self) -> int:
        """The schema registry's health pages, HTTP."""
        return self.base + 82

    @property
    def flink(self) -> int:
        """Flink's REST API and web page."""
        return self.base + 83

    @property
    def flink_rpc(self) -> int:
        """The JobManager, for TaskManagers."""
        return self.base + 84

    @property
    def flink_blob(self) -> int:
        """The JobManager's file server, for TaskManagers."""
        return self.base + 85

    def metrics(self, number: int) -> int:
        """Metrics for Prometheus, HTTP: of the JobManager (0) or a TaskManager (from 1 on)."""
        return self.base + 60 + number


@dataclass(frozen=True)
class Settings:
    """What every command needs to know about its surroundings. Make one with `Settings.load()`.

    `broker` and `registry_url` also know how to log in there (`cjo.security.Address`).
    """

    home: Path
    cache: Path
    ports: Ports
    broker: str
    registry_url: str
    flink_url: str
    kafka_config: Path | None = None
    registry_config: Path | None = None
    flink_config: Path | None = None

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Settings from `env` (default: the process's); an override that is not None wins.

        Overrides: home, cache, port_base, broker, registry_url, flink_url, kafka_config, registry_config,
        flink_config. Raises UsageError for a bad port base, and for a file of options that can't be read or used.
        """
        env = os.environ if env is None else env
        given = {name: value for name, value in overrides.items() if value is not None}
        if unknown := given.keys() - _OVERRIDES:
            raise TypeError(f"unknown settings: {sorted(unknown)}")
        kafka_config = _file(given.get("kafka_config") or env.get("CJO_KAFKA_CONFIG"))
        registry_config = _file(given.get("registry_config") or env.get("CJO_REGISTRY_CONFIG"))
        kafka, registry = _kafka_options(kafka_config), named(read_options(registry_config, "registry's options"))
        ports = Ports(_port_base(given.get("port_base") or env.get("CJO_PORT_BASE") or 19000))
        return cls(
            home=_folder(given.get("home") or env.get("CJO_HOME") or "~/.local/share/cjo"),
            cache=_folder(given["cache"]) if given.get("cache") else cache_dir(env),
            ports=ports,
            broker=Address(
                given.get("broker")
                or env.get("CJO_BROKER")
                or kafka.get("bootstrap.servers")
                or f"{LOOPBACK}:{ports.broker}",
                kafka,
            ),
            registry_url=Address(
                (
                    given.get("registry_url")
                    or env.get("CJO_REGISTRY")
                    or registry.get("url")
                    or f"http://{LOOPBACK}:{ports.registry}/apis/ccompat/v7"
                ).rstrip("/"),
                registry,
            ),
            flink_url=(given.get("flink_url") or env.get("CJO_FLINK") or f"http://{LOOPBACK}:{ports.flink}").rstrip(
                "/"
            ),
            kafka_config=kafka_config,
            registry_config=registry_config,
            flink_config=_file(given.get("flink_config") or env.get("CJO_FLINK_CONFIG")),
        )

    @property
    def local_broker(self) -> bool:
        """Whether the broker is the local stack's own."""
        return self.broker == f"{LOOPBACK}:{self.ports.broker}"

    @property
    def local_registry(self) -> bool:
        """Whether the registry is the local stack's own."""
        return self.registry_url.startswith(f"http://{LOOPBACK}:{self.ports.registry}/")

    @property
    def local_flink(self) -> bool:
        """Whether the Flink cluster is the local stack's own."""
        return self.flink_url == f"http://{LOOPBACK}:{self.ports.flink}"

    @property
    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for a child process."""
        files = {
            "CJO_KAFKA_CONFIG": self.kafka_config,
            "CJO_REGISTRY_CONFIG": self.registry_config,
            "CJO_FLINK_CONFIG": self.flink_config,
        }
        return {name: str(path) for name, path in files.items() if path} | {
            "CJO_HOME": str(self.home),
            "CJO_CACHE": str(self.cache),
            "CJO_PORT_BASE": str(self.ports.base),
            "CJO_BROKER": self.broker,
            "CJO_REGISTRY": self.registry_url,
            "CJO_FLINK": self.flink_url,
        }

    @property
    def logs(self) -> Path:
        """Logs of every process of the local stack."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """Process records, rendered configuration and recorded submissions: what may be lost while nothing runs."""
        return self.home / "run"

    @property
    def data(self) -> Path:
        """What must survive a restart: the broker's log, the registry's schemas, Flink's state."""
        return self.home / "data"

    @property
    def checkpoints(self) -> Path:
        """Flink's checkpoints."""
        return self.data / "flink" / "checkpoints"

    @property
    def savepoints(self) -> Path:
        """Flink's savepoints."""
        return self.data / "flink" / "savepoints"


_OVERRIDES = {
    "home", "cache", "port_base", "broker", "registry_url", "flink_url", "kafka_config", "registry_config",
    "flink_config",
}  # fmt: skip


def _kafka_options(path: Path | None) -> Options:
    options = read_options(path, "Kafka's options")
    check_names(options)
    return options


def _file(value: str | Path | None) -> Path | None:
    return _folder(value) if value else None


def cache_dir(env: Mapping[str, str]) -> Path:
    """What all stacks of this user share: jars, and what was built."""
    return _folder(env.get("CJO_CACHE") or "~/.cache/cjo")


def _folder(value: str | Path) -> Path:
    return Path(value).expanduser().absolute()


def _port_base(value: str | int) -> int:
    try:
        base = int(value)
    except ValueError:
        base = -1
    if not 1024 <= base <= 65000:
        raise UsageError(f"the port base must be a number from 1024 to 65000, got {value!r}", "set CJO_PORT_BASE")
    return base
