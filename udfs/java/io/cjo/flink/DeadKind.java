package io.cjo.flink;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * Why a record is dead, else NULL: what the format found, then what can be told from its fields, of (what the format
 * found, event_id, type, customer_id, device_id, occurred_at, sent_at, received_at, record's timestamp, how far ahead a
 * clock may be, the type of a heartbeat). In the order of cjo/avro/rows.py, which is its twin.
 */
@FunctionHint(
        input = {
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class),
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class),
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class),
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class),
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class),
            @DataTypeHint("BIGINT"),
            @DataTypeHint("BIGINT"),
            @DataTypeHint("BIGINT"),
            @DataTypeHint(value = "TIMESTAMP_LTZ(3)", bridgedTo = TimestampData.class),
            @DataTypeHint("BIGINT"),
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class)
        },
        output = @DataTypeHint(value = "STRING", bridgedTo = StringData.class))
public final class DeadKind extends ScalarFunction {
    private static final long serialVersionUID = 1L;
    private static final StringData NO_EVENT_TIME = BinaryStringData.fromString("no_event_time");
    private static final StringData EVENT_TIME_BEFORE_1970 = BinaryStringData.fromString("event_time_before_1970");
    private static final StringData EVENT_TIME_AHEAD = BinaryStringData.fromString("event_time_ahead");
    private static final StringData NO_EVENT_ID = BinaryStringData.fromString("no_event_id");
    private static final StringData NO_SUBJECT = BinaryStringData.fromString("no_subject");
    private static final StringData ID_TOO_LONG = BinaryStringData.fromString("id_too_long");
    private static final int ID_CHARACTERS = 1_000;

    public StringData eval(
            StringData dead,
            StringData id,
            StringData type,
            StringData customer,
            StringData device,
            Long occurred,
            Long sent,
            Long received,
            TimestampData record,
            Long aheadMax,
            StringData heartbeat) {
        if (dead != null) {
            return dead;
        }
        Long event = EventTime.of(occurred, sent, received, record);
        if (event == null) {
            return NO_EVENT_TIME;
        }
        if (EventTime.isBefore1970(event)) {
            return EVENT_TIME_BEFORE_1970;
        }
        if (EventTime.isAhead(event, record, aheadMax)) {
            return EVENT_TIME_AHEAD;
        }
        if (type == null || type.equals(heartbeat)) {
            return null;
        }
        if (isEmpty(id)) {
            return NO_EVENT_ID;
        }
        StringData subject = isEmpty(customer) ? device : customer;
        if (isEmpty(subject)) {
            return NO_SUBJECT;
        }
        return isLong(id) || isLong(subject) ? ID_TOO_LONG : null;
    }

    private static boolean isLong(StringData text) {
        BinaryStringData binary = (BinaryStringData) text;
        return binary.getSizeInBytes() > ID_CHARACTERS && binary.numChars() > ID_CHARACTERS;
    }

    private static boolean isEmpty(StringData text) {
        return text == null || ((BinaryStringData) text).getSizeInBytes() == 0;
    }
}
