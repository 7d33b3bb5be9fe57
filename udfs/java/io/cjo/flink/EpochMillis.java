package io.cjo.flink;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.functions.ScalarFunction;

/** A timestamp as epoch milliseconds. SQL has EXTRACT for it, twice, which goes through calendars. */
@FunctionHint(
        input = @DataTypeHint(value = "TIMESTAMP_LTZ(3)", bridgedTo = TimestampData.class),
        output = @DataTypeHint("BIGINT"))
public final class EpochMillis extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    public Long eval(TimestampData at) {
        return at == null ? null : at.getMillisecond();
    }
}
