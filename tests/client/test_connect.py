"""What an error of the broker's client says."""

from __future__ import annotations

import logging

import pytest
from kafka.errors import KafkaTimeoutError

from cjo.client.connect import broker_errors, quiet
from cjo.errors import StackError

REFUSED = "SaslAuthenticationFailedError: Authentication failed during authentication due to invalid credentials"
CLOSED = "KafkaConnectionError: socket disconnected"


@pytest.mark.parametrize("reasons", [[REFUSED, CLOSED, CLOSED], [CLOSED, REFUSED, CLOSED]])
def test_why_a_login_was_refused_is_told_though_later_tries_say_less(reasons: list[str]) -> None:
    quiet()
    log = logging.getLogger("kafka.net.manager")
    with pytest.raises(StackError) as error, broker_errors("kafka:9092"):
        for reason in reasons:
            log.warning("Bootstrap connection to %s failed: %s (backoff %.2f secs)", "bootstrap-0", reason, 0.1)
            log.warning("Bootstrap %s not ready; waiting %.2f secs", "bootstrap-0", 0.1)
        log.error("Bootstrap failed: %s", "KafkaTimeoutError")
        raise KafkaTimeoutError("Unable to bootstrap from kafka:9092")
    assert error.value.message.startswith("the broker at kafka:9092 does not answer as it should: ")
    assert "Unable to bootstrap" in error.value.message
    assert REFUSED in error.value.message
    assert CLOSED not in error.value.message


def test_an_older_failure_is_not_told_of_a_new_one() -> None:
    with broker_errors("kafka:9092"):
        logging.getLogger("kafka.net.manager").warning("Bootstrap connection to bootstrap-0 failed: %s", REFUSED)
    with pytest.raises(StackError) as error, broker_errors("kafka:9092"):
        raise KafkaTimeoutError("too late")
    assert REFUSED not in error.value.message
