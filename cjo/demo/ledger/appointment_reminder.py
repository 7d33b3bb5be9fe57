"""appointment-reminder: a video call is reminded of a day and an hour before, and asked about where nobody came."""

from __future__ import annotations

from collections import defaultdict

from cjo.demo.known import Known
from cjo.demo.ledger.base import TRANSACTIONAL, Book, Moment, exited
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, Touch

_CANCELLED = ("appointment_cancelled",)


class AppointmentReminder(Book):
    """Each appointment once, if it lies ahead."""

    journey = "appointment-reminder"
    purpose = TRANSACTIONAL
    first_send = None

    def tell(self, subject: str, story: list[Touch]) -> None:
        appointments: dict[str, list[Touch]] = defaultdict(list)
        for touch in story:
            if touch.type.startswith("appointment_"):
                appointments[touch.attribute("appointment_id") or ""].append(touch)
        for appointment, life in appointments.items():
            self._appointment(subject, appointment, life, Known(story))

    def _appointment(self, subject: str, appointment: str, life: list[Touch], known: Known) -> None:
        booked = [touch for touch in life if touch.type == "appointment_booked"]
        starts = {touch.at_ms: int(touch.attribute("starts_at") or 0) for touch in booked}
        video = [touch for touch in booked if touch.attribute("form") == "video"]
        moments = [Moment("video_call_booked", subject, appointment, touch.at_ms) for touch in video]
        for moment in self.entries(moments, None, lambda one: starts[one.at_ms] > one.at_ms):
            self._remind(moment, starts[moment.at_ms], life, known)

    def _remind(self, moment: Moment, starts_ms: int, life: list[Touch], known: Known) -> None:
        now_ms = moment.at_ms
        if starts_ms - DAY_MS > now_ms:
            now_ms = starts_ms - DAY_MS
            if exited(life, _CANCELLED, moment.at_ms, now_ms) is not None:
                return
            if self.send(moment, "remind", now_ms, known, ("email", "push", "sms")):
                return
        if starts_ms - HOUR_MS > now_ms:
            now_ms = starts_ms - HOUR_MS
            if exited(life, _CANCELLED, moment.at_ms, now_ms) is not None:
                return
        if not self.send(moment, "remind-soon", now_ms, known, ("push", "sms")):
            self._wait_for_them(moment, now_ms, starts_ms + 15 * MINUTE_MS, life, known)

    def _wait_for_them(self, moment: Moment, now_ms: int, until_ms: int, life: list[Touch], known: Known) -> None:
        if any(touch.type == "appointment_joined" and now_ms <= touch.at_ms <= until_ms for touch in life):
            return
        if exited(life, _CANCELLED, moment.at_ms, until_ms) is None:
            self.send(moment, "missed", until_ms, known, ("email", "push"))
