package io.cjo.flink;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * The event time of a touchpoint in epoch milliseconds, of (occurred_at, sent_at, received_at, record's timestamp).
 *
 * <p>A function, not an expression: SQL generates the code of an expression anew at each place where it stands, and the
 * JVM compiles all of it.
 */
@FunctionHint(
        input = {
            @DataTypeHint("BIGINT"),
            @DataTypeHint("BIGINT"),
            @DataTypeHint("BIGINT"),
            @DataTypeHint(value = "TIMESTAMP_LTZ(3)", bridgedTo = TimestampData.class)
        },
        output = @DataTypeHint("BIGINT"))
public final class EventMillis extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    public Long eval(Long occurred, Long sent, Long received, TimestampData record) {
        return EventTime.of(occurred, sent, received, record);
    }
}
