"""A broker and a registry that want to know who comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cjo.settings import Settings
from tests.conftest import free_port_base
from tests.security.secured import PASSWORDS, door, secured_broker, settings_for


@pytest.fixture(scope="session")
def secured(broker: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Their settings; the passwords are in this process's environment."""
    folder = tmp_path_factory.mktemp("secured")
    with pytest.MonkeyPatch.context() as patch, door(broker.registry_url) as port:
        for name, value in PASSWORDS.items():
            patch.setenv(name, value)
        settings = settings_for(folder, free_port_base(), port)
        with secured_broker(settings):
            yield settings
