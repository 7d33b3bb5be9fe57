package io.cjo.flink;

import java.math.BigInteger;
import org.apache.flink.table.data.TimestampData;

/** When a touchpoint happened (rule T6), epoch milliseconds; the twin of `event_time_ms` in cjo/avro/rows.py. */
final class EventTime {
    private EventTime() {}

    /**
     * Null without `occurred`. With `sent`, the error of the device's clock is taken out, and the record's timestamp
     * stands for a missing `received`. What leaves 64 bits is the last number on its side, never one of the other.
     */
    static Long of(Long occurred, Long sent, Long received, TimestampData record) {
        if (occurred == null || sent == null) {
            return occurred;
        }
        long arrived = received == null ? record.getMillisecond() : received;
        try {
            return Math.subtractExact(arrived, Math.subtractExact(sent, occurred));
        } catch (ArithmeticException error) {
            return nearest(BigInteger.valueOf(arrived).subtract(BigInteger.valueOf(sent)).add(BigInteger.valueOf(occurred)));
        }
    }

    /** Whether it is before 1970, which is when no touchpoint happened: a producer had no time, and wrote a number for it. */
    static boolean isBefore1970(long event) {
        return event < 0;
    }

    /** Whether it is more than `aheadMax` after the record's timestamp; of a time from 1970 on. */
    static boolean isAhead(long event, TimestampData record, long aheadMax) {
        return event - aheadMax > record.getMillisecond();
    }

    private static long nearest(BigInteger number) {
        if (number.bitLength() < Long.SIZE) {
            return number.longValue();
        }
        return number.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
}
