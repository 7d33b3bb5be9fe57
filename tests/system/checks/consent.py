"""Messages need consent for purpose and channel as of the decision, transactional ones need none (D6); and where one is
refused for want of consent or address, there was none."""

from __future__ import annotations

from collections.abc import Iterator

from tests.system.authors.words import CHANNELS, EMITS
from tests.system.checks import people
from tests.system.seen import Row, Seen, Told


def check(seen: Seen) -> Iterator[str]:
    for told in seen.requests():
        one = told.record
        if one["channel"] in EMITS or one["purpose"] == "transactional":
            continue
        if not any(people.consents(rows, one["purpose"], one["channel"]) for rows in seen.prefixes(told)):
            yield f"{one['customer_id']} did not consent to {one['purpose']} by {one['channel']} at {one['decided_at']}"
    for told in seen.decisions:
        if told.record["kind"] == "send" and told.record["reason"] in ("no_consent", "no_address"):
            yield from _refused(seen, told)


def _refused(seen: Seen, told: Told) -> Iterator[str]:
    one = told.record
    purpose, written = seen.journey(one)["purpose"], seen.step(one)["send"]
    channels = [written] if isinstance(written, str) else written
    for rows in seen.prefixes(told):
        if any(len(people.values(rows, name)) > 1 for name in map(CHANNELS.__getitem__, channels) if name):
            return  # two addresses of one instant: either may count
        addressed = [channel for channel in channels if _has_address(rows, channel)]
        open_ = [one for one in addressed if purpose == "transactional" or people.consents(rows, purpose, one)]
        if not open_ and bool(addressed) == (one["reason"] == "no_consent"):
            return
    yield f"{one['customer_id']}: {one['reason']} for {purpose} by {channels} at {one['decided_at']}, the log says else"


def _has_address(rows: list[Row], channel: str) -> bool:
    attribute = CHANNELS[channel]
    return attribute is None or None not in people.values(rows, attribute)
