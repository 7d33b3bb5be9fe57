"""Whatever is wrong with a record: it becomes a dead letter of its kind and harms nothing around it (F2, T6)."""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter

import pytest

from cjo.client.reader import read
from cjo.stack.cluster_doctor import examine_cluster
from cjo.submission.submit import OUTAGE_MS
from cjo.topics import DEADLETTERS, MOMENTS
from tests.cluster.metrics import OWN, documented, scrape, total
from tests.cluster.raw import BEGIN_MS, MINUTE_MS, Maker, Raw, abandoned_basket, touchpoint, write
from tests.cluster.running import Run

pytestmark = pytest.mark.cluster

YEAR_2035_MS = 2_051_222_400_000
LONG_MIN = -(2**63)
KINDS = {
    "random bytes": "undecodable",
    "no bytes": "undecodable",
    "random bytes behind a good header": "undecodable",
    "truncated": "undecodable",
    "wrong magic": "undecodable",
    "wrong type": "undecodable",
    "a length of two gigabytes": "undecodable",
    "a megabyte": "undecodable",
    "a text in Latin-1": "undecodable",
    "an attribute in CESU-8": "undecodable",
    "a name of an attribute in Latin-1": "undecodable",
    "a schema that is no Avro": "unknown_schema",
    "unknown schema id": "unknown_schema",
    "trailing bytes": "trailing_bytes",
    "tombstone": "tombstone",
    "clock in 2035": "event_time_ahead",
    "no clock": "event_time_before_1970",
    "no event id": "no_event_id",
    "no subject": "no_subject",
    "empty subject": "no_subject",
    "an id of a megabyte": "id_too_long",
}


def poison(make: Maker, at_ms: int) -> list[Raw]:
    chance = random.Random(1)
    good = make.write(touchpoint("poison", "product_added", at_ms, customer_id="x", basket_id="b", product_id="p"))
    moment = make.write_moment({"moment_id": "m", "signal": "s", "signal_version": "v", "subject": "x", "at": at_ms})
    ahead = touchpoint("ahead", "product_added", YEAR_2035_MS, customer_id="x", basket_id="b", product_id="p")
    never = touchpoint("never", "product_added", LONG_MIN, customer_id="x", basket_id="b", product_id="p")
    nameless = touchpoint("", "product_added", at_ms, customer_id="x", basket_id="b", product_id="p")
    nobody = touchpoint("nobody", "product_added", at_ms, basket_id="b", product_id="p")
    foreign = {
        "customer_id": "x",
        "basket_id": "b",
        "product_id": "caf~",
        "attributes": {"na~e": "a\N{GRINNING FACE}b"},
    }
    text = make.write(touchpoint("text", "product_added", at_ms, **foreign))
    values = {
        "random bytes": b"\x39" + chance.randbytes(49),
        "no bytes": b"",
        "random bytes behind a good header": good[:5] + b"\xff" * 12 + chance.randbytes(50),
        "truncated": good[:-7],
        "wrong magic": b"\x01" + good[1:],
        "wrong type": moment,
        "a length of two gigabytes": good[:5] + b"\xfe\xff\xff\xff\x0f" + good[6:],
        "a megabyte": good[:5] + b"z" * 1_000_000,
        "a text in Latin-1": text.replace(b"caf~", b"caf\xe9"),
        "an attribute in CESU-8": text.replace(b"\x0ca\xf0\x9f\x98\x80b", b"\x10a\xed\xa0\xbd\xed\xb8\x80b"),
        "a name of an attribute in Latin-1": text.replace(b"na~e", b"na\xefe"),
        "a schema that is no Avro": b"\x00" + make.no_avro().to_bytes(4, "big") + good[5:],
        "unknown schema id": b"\x00\x00\x0f\x42\x40" + good[5:],
        "trailing bytes": good + b"xyz",
        "tombstone": None,
        "clock in 2035": make.write(ahead),
        "no clock": make.write(never),
        "no event id": make.write(nameless),
        "no subject": make.write(nobody),
        "an id of a megabyte": make.write({**nobody, "event_id": "nobody-3", "customer_id": "c" * 1_000_000}),
        "empty subject": make.write({**nobody, "event_id": "nobody-2", "customer_id": "", "device_id": ""}),
    }
    return [Raw(name, value, at_ms, name.encode()) for name, value in values.items()]


def test_each_bad_record_is_accounted_for_and_the_good_ones_around_it_are_handled(run: Run) -> None:
    make = Maker(run.settings)
    bad = poison(make, BEGIN_MS + MINUTE_MS)
    writers = [make.write] * 19 + [make.bytes_writer()]
    good = [
        make.good(each, write)
        for number, write in enumerate(writers)
        for each in abandoned_basket(f"c{number}", BEGIN_MS + number)
    ]
    mixed = good[:30] + bad + good[30:]
    places = write(run.settings, [*mixed, *make.heartbeats(BEGIN_MS + 60 * MINUTE_MS)])
    wanted = {place: name for place, name in places.items() if name in KINDS}

    run.submit()
    run.await_time(BEGIN_MS + 60 * MINUTE_MS)
    run.await_checkpoint()  # counts are handed over with a checkpoint
    assert_metrics_tell(run, read=len(mixed) + 4, good=len(good))
    assert_doctor_finds_nothing_that_lacks(run)
    run.stop()

    letters = {
        (letter.value["partition"], letter.value["offset"]): letter.value
        for letter in read(DEADLETTERS, run.settings)
        if letter.value
    }
    assert {wanted[place]: letter["kind"] for place, letter in letters.items()} == KINDS
    values = {record.name: record.value for record in bad}
    for place, letter in letters.items():
        whole = values[wanted[place]]
        assert letter["size"] == (-1 if whole is None else len(whole))
        assert letter["sha256"] == (None if whole is None else hashlib.sha256(whole).hexdigest())
        assert letter["key"] == wanted[place].encode()
    fired = [record.key for record in read(MOMENTS, run.settings)]
    assert sorted(key for key in fired if key) == sorted(f"c{number}" for number in range(20))
    assert all(record.value and record.value["late_ms"] == 0 for record in read(MOMENTS, run.settings))


def assert_metrics_tell(run: Run, read: int, good: int) -> None:
    """Every metric that is documented is at the endpoints, and those of known input have its numbers."""
    before_s = time.time()
    told = scrape(run.stack)
    after_s = time.time()
    assert documented() - {one.name for one in told} == set()
    source = [
        one.value
        for one in told
        if one.name.endswith("_numRecordsIn") and "touchpoints" in one.labels.get("operator_name", "")
    ]
    assert sum(source) == read
    assert total(told, f"{OWN}inputs") == good
    assert total(told, f"{OWN}signal_moments", signal="basket_abandoned") == 20
    assert total(told, f"{OWN}channel_mode_actions", mode="live", channel="email") == 20
    assert total(told, f"{OWN}channel_mode_actions", mode="live", channel="sms") == 0
    assert total(told, f"{OWN}outcome_reason_mode_decisions", mode="live", outcome="accepted", reason="sent") == 20
    assert {kind: total(told, f"{OWN}kind_deadletters", kind=kind) for kind in KINDS.values()} == Counter(
        KINDS.values()
    )
    assert total(told, f"{OWN}late") == total(told, f"{OWN}duplicate") == 0
    assert total(told, f"{OWN}state_head_bytes_count") >= good
    assert 0 < total(told, f"{OWN}state_head_max_bytes") <= total(told, f"{OWN}state_written_bytes")
    decided_s = (BEGIN_MS + 60 * MINUTE_MS - run.part([]).plan["workspace"]["bound_ms"] - 1) / 1000
    for lag_s in (one.value for one in told if one.name == f"{OWN}event_time_lag_seconds"):
        assert before_s - decided_s <= lag_s <= after_s - decided_s
    assert total(told, f"{OWN}watermark_still_seconds") > 0


def assert_doctor_finds_nothing_that_lacks(run: Run) -> None:
    """The local cluster, looked at as if it were somebody's."""
    findings = list(examine_cluster(run.settings, run.folder, OUTAGE_MS))
    assert [finding for finding in findings if finding.ok is False] == []
    assert {finding.what for finding in findings if finding.ok is None} == {"survival"}
    assert {"flink", "jar", "slots", "pemja", "checkpoints", "metrics", "transactions", "topics", "contracts"} <= {
        finding.what for finding in findings
    }
