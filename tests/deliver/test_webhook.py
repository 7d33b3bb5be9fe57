"""Webhooks against a real HTTP server that fails in every way."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cjo.deliver.carriers.webhook import WebhookCarrier, seconds_after
from cjo.deliver.outcome import Outcome
from cjo.errors import StackError, UsageError
from cjo.resources import data_dir
from cjo.spec.deliver import Webhook
from tests.deliver.servers import Got, Web, closing, free_port, run
from tests.deliver.worlds import T0, action

SECRET = b"0123456789abcdef01234567"
NOW_S = T0 // 1000


@pytest.fixture
def web() -> Iterator[Web]:
    with closing(Web()) as server:
        yield server


def carrier(url: str, secrets: tuple[bytes, ...] = (SECRET,), **more: Any) -> WebhookCarrier:
    spec = Webhook.model_validate({"kind": "webhook", "url": url, "secret_env": "S", **more})
    return WebhookCarrier(spec, secrets, lambda: NOW_S)


def deliver(web: Web, *answers: Any, **more: Any) -> Outcome:
    web.answers += answers
    return run(carrier(web.url, **more), lambda made: made.deliver(action(1, content={"body": "Grüezi"})))


def verify(got: Got, *secrets: str, now_s: int = NOW_S) -> dict[str, Any]:
    """The sample of the guide, as it stands there."""
    page = (data_dir("docs") / "guide" / "delivering.md").read_text(encoding="utf-8")
    sample = page.split("```python\n", 1)[1].split("```", 1)[0]
    names: dict[str, Any] = {}
    exec(compile(sample, "delivering.md", "exec"), names)
    return names["verify"](got.headers, got.body, list(secrets), now_s)


def test_the_action_arrives_as_json_with_its_id_as_idempotency_key(web: Web) -> None:
    assert deliver(web, 202).kind == "delivered"
    got = web.got[0]
    told = json.loads(got.body)
    assert got.path == "/hook" and got.headers["content-type"] == "application/json"
    assert got.headers["idempotency-key"] == got.headers["webhook-id"] == told["action_id"] == "a1"
    assert told["content"] == {"body": "Grüezi"} and told["expires_at"] == "2023-11-14T23:13:20.000Z"


def test_the_receiver_can_tell_who_sent_it_as_the_guide_says(web: Web) -> None:
    deliver(web)
    got, text = web.got[0], "whsec_" + base64.b64encode(SECRET).decode()
    assert verify(got, text)["action_id"] == "a1"
    other = base64.b64encode(b"another secret of 24 byte").decode()
    with pytest.raises(ValueError, match="not signed"):
        verify(got, other)
    with pytest.raises(ValueError, match="not signed"):
        verify(got._replace(body=got.body.replace(b"anna", b"eve")), text)
    with pytest.raises(ValueError, match="too old"):
        verify(got, text, now_s=NOW_S + 301)
    assert verify(got, other, text)["action_id"] == "a1"


def test_while_a_secret_is_changed_both_sign(web: Web) -> None:
    deliver(web, secrets=(b"the new secret, 24 bytes.", SECRET))
    assert len(web.got[0].headers["webhook-signature"].split()) == 2
    assert verify(web.got[0], base64.b64encode(SECRET).decode())["action_id"] == "a1"


@pytest.mark.parametrize(("answer", "kind", "whole"), [
    (200, "delivered", False), (204, "delivered", False),
    (301, "failed", False), (400, "failed", False), (404, "failed", False), (422, "failed", False),
    (408, "retry", False), (500, "retry", False), (429, "retry", True), (503, "retry", True),
])  # fmt: skip
def test_what_an_answer_means(web: Web, answer: int, kind: str, whole: bool) -> None:
    outcome = deliver(web, answer)
    assert (outcome.kind, outcome.whole) == (kind, whole)
    assert outcome.reason == ("refused" if kind == "failed" else None)


def test_a_redirect_is_not_followed(web: Web) -> None:
    assert deliver(web, (302, {"Location": f"http://127.0.0.1:{web.port}/elsewhere"})).kind == "failed"
    assert [got.path for got in web.got] == ["/hook"]


def test_retry_after_is_heard_in_seconds_and_as_a_date(web: Web) -> None:
    assert deliver(web, (429, {"Retry-After": "7"})) == Outcome("retry", None, "HTTP 429", 7.0, True, True)
    date = "Tue, 14 Nov 2023 22:13:50 GMT"  # T0 and 30 seconds
    assert deliver(web, (503, {"Retry-After": date})).after_s == 30.0
    assert deliver(web, (500, {"Retry-After": "2"})).whole
    assert [seconds_after(text, NOW_S) for text in (None, "soon", "-3", "99999999", "")] == [0.0, 0.0, 0.0, 3600.0, 0.0]


def test_an_answer_that_does_not_come_in_time_is_tried_again(web: Web) -> None:
    assert deliver(web, "hang", timeout="100 ms") == Outcome("retry", None, "no answer within 100 ms")


def test_an_answer_counts_as_soon_as_its_status_is_there(web: Web) -> None:
    assert deliver(web, (200, {"Content-Length": "10"}), timeout="200 ms").kind == "delivered"


def test_a_connection_that_breaks_is_tried_again(web: Web) -> None:
    outcome = deliver(web, "drop")
    assert outcome.kind == "retry" and not outcome.whole and "broke" in outcome.detail


def test_a_server_that_is_gone_is_trouble_of_the_carrier_as_a_whole() -> None:
    web = Web()

    async def gone(made: Any) -> Outcome:
        web.close()
        return await made.deliver(action())

    outcome = run(carrier(web.url), gone)
    assert outcome.kind == "retry" and outcome.whole


def test_repeats_carry_the_same_key(web: Web) -> None:
    deliver(web, 500)
    deliver(web)
    assert [got.headers["idempotency-key"] for got in web.got] == ["a1", "a1"]


def test_a_server_that_is_not_there_at_the_start_is_said() -> None:
    with pytest.raises(StackError, match="nothing answers at http://127"):
        run(carrier(f"http://127.0.0.1:{free_port()}/hook"), lambda made: made.deliver(action()))


def test_a_secret_that_is_none_is_not_repeated() -> None:
    from cjo.deliver.signing import secret_bytes

    for text in ("hunter2-hunter2-hunter2", "", "whsec_c2hvcnQ="):
        with pytest.raises(UsageError, match="CRM_SECRET holds no secret") as error:
            secret_bytes(text, "CRM_SECRET")
        assert "hunter2" not in str(error.value) and "c2hvcnQ" not in str(error.value)
