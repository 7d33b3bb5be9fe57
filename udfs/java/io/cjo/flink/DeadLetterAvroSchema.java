package io.cjo.flink;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.avro.shaded.org.apache.avro.AvroRuntimeException;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;

/** Reads one record: a good one gives its fields, a bad one its kind and error, an outage an exception that fails the task. */
final class DeadLetterAvroSchema implements DeserializationSchema<RowData> {
    private static final long serialVersionUID = 1L;
    private static final int HEADER = 5;
    private static final int ERROR_CHARS = 900;

    private final String readerSchema;
    private final RegistryReader registry;
    private final TypeInformation<RowData> type;
    private transient Schema reader;
    private transient int fields;
    private transient BytesDecoder bytes;
    private transient Map<Integer, RowReader> readers;

    DeadLetterAvroSchema(String readerSchema, RegistryReader registry, TypeInformation<RowData> type) {
        this.readerSchema = readerSchema;
        this.registry = registry;
        this.type = type;
    }

    @Override
    public void open(InitializationContext context) {
        reader = new Schema.Parser().parse(readerSchema);
        fields = reader.getFields().size() + Columns.entries(reader).size();
        bytes = new BytesDecoder();
        readers = new HashMap<>();
    }

    @Override
    public RowData deserialize(byte[] message) throws IOException {
        if (message == null) {
            return dead("tombstone", "the record has no value", null);
        }
        if (message.length < HEADER || message[0] != 0) {
            return dead("undecodable", "no Confluent header: expected a zero byte and a 4-byte schema id, got "
                    + message.length + " bytes" + (message.length > 0 ? " that start with " + (message[0] & 0xff) : ""), message);
        }
        int id = (message[1] & 0xff) << 24 | (message[2] & 0xff) << 16 | (message[3] & 0xff) << 8 | (message[4] & 0xff);
        RowReader rows = readers.get(id);
        if (rows == null) {
            try {
                rows = new RowReader(registry.schema(id, reader), reader);
            } catch (UnusableSchemaException why) {
                return dead("unknown_schema", cut(why.getMessage()), message);
            }
            readers.put(id, rows);
        }
        return read(rows, message);
    }

    private RowData read(RowReader rows, byte[] message) {
        GenericRowData row = new GenericRowData(fields + Columns.EXTRA);
        bytes.wrap(message, HEADER);
        try {
            rows.read(bytes, row);
        } catch (IOException | RuntimeException error) {
            return dead("undecodable", describe(error), message);
        } catch (StackOverflowError error) { // where values nest in a field that Avro skips by recursion
            return dead("undecodable", "its values are nested too deep to be read", message);
        }
        if (bytes.remaining() > 0) {
            return dead("trailing_bytes", bytes.remaining() + " bytes left over after the record", message);
        }
        row.setField(fields + 2, message);
        return row;
    }

    private RowData dead(String kind, String error, byte[] message) {
        GenericRowData row = new GenericRowData(fields + Columns.EXTRA);
        row.setField(fields, StringData.fromString(kind));
        row.setField(fields + 1, StringData.fromString(error));
        row.setField(fields + 2, message);
        return row;
    }

    /** Of exceptions that it throws again and again the JVM leaves out the message. */
    private static String describe(Throwable error) {
        boolean own = error instanceof IOException || error instanceof AvroRuntimeException;
        String said = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
        return cut(own ? said : "the bytes do not fit the writer's schema: " + said);
    }

    private static String cut(String text) {
        return text.length() > ERROR_CHARS ? text.substring(0, ERROR_CHARS) : text;
    }

    @Override
    public boolean isEndOfStream(RowData row) {
        return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return type;
    }
}
