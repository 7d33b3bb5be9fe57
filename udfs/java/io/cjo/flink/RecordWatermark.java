package io.cjo.flink;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * How far a record moves time: of (what is wrong with it, occurred_at, sent_at, received_at, record's timestamp, how far
 * ahead a clock may be, what is taken off). NULL where it does not: it is dead, or its event time is one that makes it so.
 *
 * <p>A device whose clock is ahead moves time no further than its record's own timestamp (T6).
 */
@FunctionHint(
        input = {
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class),
            @DataTypeHint("BIGINT"),
            @DataTypeHint("BIGINT"),
            @DataTypeHint("BIGINT"),
            @DataTypeHint(value = "TIMESTAMP_LTZ(3)", bridgedTo = TimestampData.class),
            @DataTypeHint("BIGINT"),
            @DataTypeHint("BIGINT")
        },
        output = @DataTypeHint(value = "TIMESTAMP_LTZ(3)", bridgedTo = TimestampData.class))
public final class RecordWatermark extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    public TimestampData eval(
            StringData dead, Long occurred, Long sent, Long received, TimestampData record, Long aheadMax, Long behind) {
        Long event = EventTime.of(occurred, sent, received, record);
        if (dead != null || event == null || EventTime.isBefore1970(event) || EventTime.isAhead(event, record, aheadMax)) {
            return null;
        }
        return TimestampData.fromEpochMillis(Math.min(event, record.getMillisecond()) - behind);
    }
}
