"""Settings: defaults, environment, overrides."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.errors import UsageError
from cjo.settings import Settings


def test_without_environment_everything_is_local_and_in_the_home_folder() -> None:
    settings = Settings.load({})

    assert settings.home == Path("~/.local/share/cjo").expanduser()
    assert settings.broker == "127.0.0.1:19092"
    assert settings.registry_url == "http://127.0.0.1:19081/apis/ccompat/v7"
    assert settings.flink_url == "http://127.0.0.1:19083"
    assert (settings.local_broker, settings.local_registry, settings.local_flink) == (True, True, True)


def test_the_port_base_moves_every_port() -> None:
    settings = Settings.load({"CJO_PORT_BASE": "30000"})

    ports = settings.ports
    used = [ports.broker, ports.controller, ports.registry, ports.registry_management]
    used += [ports.flink, ports.flink_rpc, ports.flink_blob]
    assert len(set(used)) == len(used)
    assert all(30000 < port < 30100 for port in used)
    assert settings.broker == "127.0.0.1:30092"


def test_an_own_cluster_is_not_the_local_stack() -> None:
    env = {"CJO_BROKER": "kafka:9092", "CJO_REGISTRY": "https://registry/", "CJO_FLINK": "http://flink:8081/"}

    settings = Settings.load(env)

    assert (settings.registry_url, settings.flink_url) == ("https://registry", "http://flink:8081")
    assert (settings.local_broker, settings.local_registry, settings.local_flink) == (False, False, False)


def test_an_override_wins_over_the_environment_unless_it_is_none() -> None:
    env = {"CJO_HOME": "/from/env"}

    assert Settings.load(env, home="/given").home == Path("/given")
    assert Settings.load(env, home=None).home == Path("/from/env")


def test_a_child_process_gets_the_same_settings() -> None:
    settings = Settings.load({"CJO_HOME": "/h", "CJO_PORT_BASE": "21000", "CJO_FLINK": "http://flink:8081"})

    assert Settings.load(settings.environment) == settings


@pytest.mark.parametrize("base", ["80", "65500", "many"])
def test_a_bad_port_base_names_the_variable(base: str) -> None:
    with pytest.raises(UsageError) as error:
        Settings.load({"CJO_PORT_BASE": base})

    assert "CJO_PORT_BASE" in str(error.value)
