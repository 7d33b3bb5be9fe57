package io.cjo.flink;

import org.apache.flink.table.data.TimestampData;

/** When a touchpoint happened (rule T6), epoch milliseconds; the twin of `event_time_ms` in cjo/avro/rows.py. */
final class EventTime {
    private EventTime() {}

    /**
     * Null without `occurred`. With `sent`, the error of the device's clock is taken out, and the record's timestamp
     * stands for a missing `received`.
     */
    static Long of(Long occurred, Long sent, Long received, TimestampData record) {
        if (occurred == null || sent == null) {
            return occurred;
        }
        return (received == null ? record.getMillisecond() : received) - (sent - occurred);
    }
}
