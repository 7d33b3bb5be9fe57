"""One Apicurio registry on loopback, its schemas in a file database in CJO_HOME/data/registry.

Bytes in topics name their schema by number, so numbers must survive a crash: with H2's default of writing half a
second later, a number given out just before a `kill -9` was given to another schema afterwards (tried).
`WRITE_DELAY=0` writes at once.
"""

from __future__ import annotations

from cjo.settings import LOOPBACK, Settings
from cjo.stack.component import Component, answers, listens
from cjo.stack.jars import unpacked
from cjo.stack.java import java_home
from cjo.stack.process import Launch

MEMORY = ("-Xms32m", "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def registry(settings: Settings) -> Component:
    """The schema registry as a part of the stack."""
    ports = settings.ports
    return Component(
        name="registry",
        launch=lambda: _launch(settings),
        ready=lambda: listens(ports.registry) and answers(f"{settings.registry_url}/subjects"),
        ports={"registry": ports.registry, "registry health": ports.registry_management},
        address=settings.registry_url,
    )


def _launch(settings: Settings) -> Launch:
    folder = unpacked(settings, "registry")
    data = settings.data / "registry"
    data.mkdir(parents=True, exist_ok=True)
    env = {
        "QUARKUS_HTTP_HOST": LOOPBACK,
        "QUARKUS_HTTP_PORT": str(settings.ports.registry),
        "QUARKUS_MANAGEMENT_HOST": LOOPBACK,
        "QUARKUS_MANAGEMENT_PORT": str(settings.ports.registry_management),
        "APICURIO_STORAGE_KIND": "sql",
        "APICURIO_STORAGE_SQL_KIND": "h2",
        "APICURIO_DATASOURCE_URL": f"jdbc:h2:file:{data}/registry;WRITE_DELAY=0",
    }
    return Launch([java_home() / "bin" / "java", *MEMORY, "-jar", folder / "quarkus-run.jar"], env, folder)
