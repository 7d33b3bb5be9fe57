package io.cjo.flink;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.avro.shaded.org.apache.avro.AvroTypeException;
import org.apache.flink.avro.shaded.org.apache.avro.LogicalTypes;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.io.DecoderFactory;
import org.apache.flink.avro.shaded.org.apache.avro.io.ResolvingDecoder;
import org.apache.flink.avro.shaded.org.apache.avro.util.Utf8;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryStringData;

/**
 * Decodes records of one writer's schema straight into rows of the reader's schema, by Avro's rules of resolution.
 *
 * <p>No generic record in between, and text stays UTF-8: Flink compares it as bytes, and most records are filtered out.
 */
final class RowReader {
    private static final int NO_DECIMAL = -1;
    private static final int BITS_OF_A_DIGIT = 4;
    /** With more decimal places than that nothing but zero is read. */
    private static final int PLACES_MAX = 1_000;
    private final Schema writer;
    private final Schema reader;
    private final String mismatch;
    private final boolean isUnbounded;
    /** Where the map is that is taken apart, -1: none is. */
    private final int apart;
    /** Its keys that have columns, in their order. */
    private final byte[][] entries;
    private final CharsetDecoder strict = StandardCharsets.UTF_8.newDecoder();
    /** By field of the reader, how many decimal places its writer's decimals have. */
    private int[] places;
    private Utf8 text = new Utf8();
    private final JsonText json = new JsonText();
    private ByteBuffer buffer;
    private ResolvingDecoder in;

    RowReader(Schema writer, Schema reader) {
        this.writer = writer;
        this.reader = reader;
        this.apart = reader.getFields().stream()
                .filter(field -> Columns.isTakenApart(field.schema())).mapToInt(Schema.Field::pos).findFirst().orElse(-1);
        this.entries = Columns.entries(reader).stream()
                .map(name -> name.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
        this.isUnbounded = Nesting.isUnbounded(writer);
        boolean same = writer.getType() == Schema.Type.RECORD && writer.getName().equals(reader.getName());
        this.mismatch = same ? null : "expected a record " + reader.getFullName() + ", got "
                + (writer.getType() == Schema.Type.RECORD ? writer.getFullName() : writer.getType().getName());
    }

    /** Fills the schema's fields and entries of `row` from `bytes`; throws what Avro throws for bytes that do not fit the writer's schema. */
    void read(BytesDecoder bytes, GenericRowData row) throws IOException {
        if (mismatch != null) {
            throw new AvroTypeException(mismatch);
        }
        if (isUnbounded) {
            Nesting.look(writer, bytes);
            bytes.again();
        }
        if (in == null) {
            Schema written = Schema.applyAliases(writer, reader);
            places = reader.getFields().stream().mapToInt(field -> places(written.getField(field.name()))).toArray();
            in = DecoderFactory.get().resolvingDecoder(written, reader, bytes);
        } else {
            in.configure(bytes);
        }
        for (Schema.Field field : in.readFieldOrder()) {
            row.setField(field.pos(), field.pos() == apart ? json(row) : value(field.schema(), places[field.pos()]));
        }
        in.drain();
    }

    /** NO_DECIMAL where a writer's field holds none, or something else that Avro would read as bytes. */
    private static int places(Schema.Field written) {
        if (written == null) {
            return NO_DECIMAL;
        }
        List<Schema> types = written.schema().isUnion() ? written.schema().getTypes() : List.of(written.schema());
        int found = NO_DECIMAL;
        for (Schema type : types) {
            if (type.getLogicalType() instanceof LogicalTypes.Decimal && type.getType() == Schema.Type.BYTES) {
                found = ((LogicalTypes.Decimal) type.getLogicalType()).getScale();
            } else if (type.getType() == Schema.Type.STRING) {
                return NO_DECIMAL;
            }
        }
        return found;
    }

    private Object value(Schema schema, int places) throws IOException {
        switch (schema.getType()) {
            case UNION:
                return value(schema.getTypes().get(in.readIndex()), places);
            case NULL:
                in.readNull();
                return null;
            case STRING:
                return string();
            case LONG:
                return in.readLong();
            case INT:
                return in.readInt();
            case BOOLEAN:
                return in.readBoolean();
            case DOUBLE:
                return in.readDouble();
            case BYTES:
                return binary(schema, places);
            case MAP:
                return map(schema.getValueType());
            default:
                throw new AvroTypeException("no column for " + schema);
        }
    }

    private StringData string() throws IOException {
        next();
        return copied();
    }

    /** Reads a text. CharacterCodingException for bytes that are no UTF-8: no reader of the row could read it. */
    private void next() throws IOException {
        text = in.readString(text); // another one where the writer's type is bytes
        for (int i = 0; i < text.getByteLength(); i++) {
            if (text.getBytes()[i] < 0) {
                strict.decode(ByteBuffer.wrap(text.getBytes(), 0, text.getByteLength()));
                return;
            }
        }
    }

    private StringData copied() {
        return BinaryStringData.fromBytes(Arrays.copyOf(text.getBytes(), text.getByteLength()));
    }

    /** Avro's rules do not look at decimal places: those of the writer count, and it is an error where they do not fit. */
    private Object binary(Schema schema, int places) throws IOException {
        buffer = in.readBytes(buffer);
        byte[] copy = new byte[buffer.remaining()];
        buffer.get(copy);
        if (!(schema.getLogicalType() instanceof LogicalTypes.Decimal)) {
            return copy;
        }
        LogicalTypes.Decimal type = (LogicalTypes.Decimal) schema.getLogicalType();
        if (places == NO_DECIMAL) {
            throw new AvroTypeException("expected a decimal, got what its writer's schema calls no decimal");
        }
        DecimalData decimal = copy.length == 0 ? null : exact(new BigInteger(copy), places, type);
        if (decimal == null) {
            throw new AvroTypeException("a decimal of " + copy.length + " bytes does not fit " + type.getPrecision()
                    + " digits, " + type.getScale() + " of them decimal places");
        }
        return decimal;
    }

    /** Null where it has more places, or digits, than the type. What is far too long is told by its length: to reckon with it takes minutes. */
    private static DecimalData exact(BigInteger unscaled, int places, LogicalTypes.Decimal type) {
        if (unscaled.signum() == 0) {
            return DecimalData.zero(type.getPrecision(), type.getScale());
        }
        if (places > PLACES_MAX || unscaled.bitLength() > BITS_OF_A_DIGIT * (type.getPrecision() + places)) {
            return null;
        }
        BigDecimal number = new BigDecimal(unscaled, places);
        if (places > type.getScale()) {
            number = number.stripTrailingZeros();
        }
        return number.scale() <= type.getScale() ? DecimalData.fromBigDecimal(number, type.getPrecision(), type.getScale()) : null;
    }

    /** A map of texts as JSON; those of its entries that have a column of their own go there. */
    private byte[] json(GenericRowData row) throws IOException {
        json.begin();
        json.write('{');
        for (long count = in.readMapStart(); count != 0; count = in.mapNext()) {
            for (long i = 0; i < count; i++) {
                if (json.length() > 1) {
                    json.write(',');
                }
                next();
                int column = columnOf(text);
                json.string(text.getBytes(), text.getByteLength());
                json.write(':');
                next();
                json.string(text.getBytes(), text.getByteLength());
                if (column >= 0) {
                    row.setField(reader.getFields().size() + column, copied());
                }
            }
        }
        json.write('}');
        return json.bytes();
    }

    private int columnOf(Utf8 key) {
        for (int i = 0; i < entries.length; i++) {
            if (Arrays.equals(entries[i], 0, entries[i].length, key.getBytes(), 0, key.getByteLength())) {
                return i;
            }
        }
        return -1;
    }

    private GenericMapData map(Schema values) throws IOException {
        Map<StringData, Object> map = new HashMap<>();
        for (long count = in.readMapStart(); count != 0; count = in.mapNext()) {
            for (long i = 0; i < count; i++) {
                StringData key = string();
                map.put(key, value(values, NO_DECIMAL));
            }
        }
        return new GenericMapData(map);
    }
}
