"""What was known of a customer at a time: addresses, consent, suppression. The ledger's own view."""

from __future__ import annotations

from cjo.demo.shape import Touch

_ADDRESS = {"email": "email", "push": "push_token", "sms": "phone", "call": "phone"}


class Known:
    """The CRM's touchpoints of one subject, asked about by time: the last word up to then counts."""

    def __init__(self, story: list[Touch]) -> None:
        self._newest_first = [touch for touch in reversed(story) if touch.channel == "crm"]

    def address(self, channel: str, at_ms: int) -> str | None:
        """Where `channel` reaches the customer."""
        return self.attribute(_ADDRESS[channel], at_ms)

    def attribute(self, field: str, at_ms: int) -> str | None:
        """What the profile says of `field`."""
        for touch in self._newest_first:
            if touch.type == "profile_updated" and touch.at_ms <= at_ms and touch.attribute(field):
                return touch.attribute(field)
        return None

    def consent(self, purpose: str, channel: str, at_ms: int) -> bool:
        """D6: nothing on record is no; a word about all channels and one about this channel: the later one counts."""
        for touch in self._newest_first:
            if touch.type not in ("consent_given", "consent_withdrawn") or touch.at_ms > at_ms:
                continue
            if touch.attribute("purpose") == purpose and touch.attribute("channel") in (None, channel):
                return touch.type == "consent_given"
        return False

    def suppressed(self, at_ms: int) -> bool:
        """True while nothing may be sent to the customer."""
        for touch in self._newest_first:
            if touch.type in ("customer_suppressed", "customer_unsuppressed") and touch.at_ms <= at_ms:
                return touch.type == "customer_suppressed"
        return False
