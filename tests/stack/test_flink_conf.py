"""Flink's rendered configuration, and the jars."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cjo.errors import UsageError
from cjo.resources import data_dir
from cjo.settings import Settings
from cjo.stack.broker import properties
from cjo.stack.coordinates import all_jars, jars_for
from cjo.stack.flink_conf import cluster_configuration, configuration, shipped_java_options
from cjo.stack.jars import broken, missing, path_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({}, home=tmp_path / "a home", cache=tmp_path / "cache", port_base=21000)


def test_python_runs_in_the_taskmanager_with_one_slot_and_this_interpreter(settings: Settings) -> None:
    conf = configuration(settings, taskmanagers=3)

    assert conf["python.execution-mode"] == "thread"
    assert conf["taskmanager.numberOfTaskSlots"] == "1"
    assert conf["parallelism.default"] == "3"
    assert conf["classloader.parent-first-patterns.additional"] == "pemja."
    assert conf["python.executable"] == sys.executable


def test_no_number_of_failures_ends_a_job() -> None:
    conf = cluster_configuration()

    assert conf["restart-strategy.type"] == "exponential-delay"
    assert not [key for key in conf if "attempts" in key]


def test_checkpoints_are_kept_and_folders_with_blanks_become_uris(settings: Settings) -> None:
    conf = configuration(settings, taskmanagers=1)

    assert conf["execution.checkpointing.externalized-checkpoint-retention"] == "RETAIN_ON_CANCELLATION"
    assert conf["execution.checkpointing.dir"].startswith("file:///")
    assert "a%20home" in conf["execution.checkpointing.dir"]


def test_everything_listens_on_loopback(settings: Settings) -> None:
    conf = configuration(settings, taskmanagers=1)
    hosts = {
        value for key, value in conf.items() if key.endswith(("bind-host", "bind-address", "rpc.address", ".host"))
    }
    listeners = properties(settings)["listeners"].split(",")

    assert hosts == {"127.0.0.1"}
    assert all("//127.0.0.1:" in listener for listener in listeners)


def test_the_client_of_an_own_cluster_is_told_its_address(tmp_path: Path) -> None:
    conf = configuration(Settings.load({"CJO_FLINK": "http://flink:8081"}, home=tmp_path), taskmanagers=1)

    assert (conf["rest.address"], conf["rest.port"]) == ("flink", "8081")


def test_the_shipped_module_exports_are_in(settings: Settings) -> None:
    options = shipped_java_options()

    assert configuration(settings, taskmanagers=1)["env.java.opts.all"] == options
    assert "--add-opens=java.base/java.lang=ALL-UNNAMED" in options


def test_the_cluster_file_is_flat_yaml_that_an_operator_can_copy() -> None:
    loaded = YAML(typ="safe").load((data_dir("flink-conf") / "config.yaml").read_text())

    assert all(isinstance(value, (str, int, float, bool)) for value in loaded.values())


@pytest.mark.parametrize("name", ["config.yaml", "rocksdb.yaml"])
def test_the_shipped_file_for_rocksdb_goes_over_what_every_cluster_needs(name: str, settings: Settings) -> None:
    before = configuration(settings, taskmanagers=1)
    conf = configuration(replace(settings, flink_config=data_dir("flink-conf") / name), taskmanagers=1)

    changed = {key for key, value in conf.items() if before.get(key) != value}
    assert conf.keys() == before.keys()
    assert ("state.backend.type" in changed) == (name == "rocksdb.yaml")
    assert (conf["execution.checkpointing.incremental"] == "true") == (name == "rocksdb.yaml")


def test_what_is_local_stays_whatever_a_file_says(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "flink.yaml"
    file.write_text("rest.port: 1\ntaskmanager.memory.managed.size: 1g\n")
    mine = Settings.load(settings.environment | {"CJO_FLINK_CONFIG": str(file)})
    conf = configuration(mine, taskmanagers=1)

    assert conf["taskmanager.memory.managed.size"] == "1g"
    assert conf["rest.port"] == "21083"
    assert Settings.load(mine.environment) == mine


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read Flink's settings"),
        ("a: [", "cannot read Flink's settings"),
        ("- a", "expected `setting: value`, got ['a']"),
        ("state: {backend: rocksdb}", "expected a value for 'state', got {'backend': 'rocksdb'}"),
        ("state.backend.type:", "expected a value for 'state.backend.type', got None"),
    ],
    ids=["missing", "broken", "list", "nested", "empty"],
)
def test_a_file_of_settings_that_cannot_be_used_is_named(
    text: str | None, said: str, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "flink.yaml"
    if text is not None:
        file.write_text(text)

    with pytest.raises(UsageError) as caught:
        configuration(replace(settings, flink_config=file), taskmanagers=1)
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


def test_an_action_outlives_an_hour_of_outage(settings: Settings) -> None:
    assert int(properties(settings)["transaction.max.timeout.ms"]) >= 3_600_000


def test_every_jar_is_pinned_once() -> None:
    jars = all_jars()

    assert len({jar.path for jar in jars}) == len(jars)
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in jars)
    assert {jar.use for jar in jars} == {"flink", "compiler", "broker", "registry"}
    assert str(jars_for("registry")[0].path).endswith("3.3.3/apicurio-registry-app-3.3.3-all.tar.gz")


def test_a_cut_jar_is_missing_and_a_changed_one_is_broken(settings: Settings) -> None:
    (jar,) = jars_for("compiler")
    path = path_of(settings, jar)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\0" * (jar.size - 1))
    assert missing(settings, [jar]) == [jar]

    path.write_bytes(b"\0" * jar.size)
    assert (missing(settings, [jar]), broken(settings, [jar])) == ([], [jar])
