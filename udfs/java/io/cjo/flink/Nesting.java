package io.cjo.flink;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.avro.shaded.org.apache.avro.AvroRuntimeException;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;

/**
 * How deep a record's values nest, found out before Avro reads them: the twin of cjo/avro/nesting.py.
 *
 * <p>Where a type holds itself (a reply its replies) the record says how deep that goes, and Avro skips it by recursion.
 */
final class Nesting {
    /** How many values may be open at once: records, unions, arrays, maps. */
    private static final int DEPTH_MAX = 1_000;

    private Nesting() {}

    /** Whether a type holds itself. */
    static boolean isUnbounded(Schema schema) {
        return isUnbounded(schema, new HashSet<>(), new HashSet<>());
    }

    /** `within` are the records that hold this type, `fine` those that were looked into. */
    private static boolean isUnbounded(Schema schema, Set<String> within, Set<String> fine) {
        switch (schema.getType()) {
            case UNION:
                return schema.getTypes().stream().anyMatch(branch -> isUnbounded(branch, within, fine));
            case ARRAY:
                return isUnbounded(schema.getElementType(), within, fine);
            case MAP:
                return isUnbounded(schema.getValueType(), within, fine);
            case RECORD:
                String name = schema.getFullName();
                if (fine.contains(name)) {
                    return false;
                }
                if (!within.add(name)) {
                    return true;
                }
                boolean found = schema.getFields().stream().anyMatch(field -> isUnbounded(field.schema(), within, fine));
                within.remove(name);
                fine.add(name);
                return found;
            default:
                return false;
        }
    }

    /** Moves `bytes` over a record; AvroRuntimeException where it nests deeper than DEPTH_MAX. */
    static void look(Schema schema, BytesDecoder bytes) throws IOException {
        passOver(schema, bytes, 0);
    }

    private static void passOver(Schema schema, BytesDecoder bytes, int open) throws IOException {
        switch (schema.getType()) {
            case UNION:
                checkDepth(open);
                int branch = bytes.readIndex();
                if (branch >= schema.getTypes().size()) {
                    throw new AvroRuntimeException("a union has no branch " + branch);
                }
                passOver(schema.getTypes().get(branch), bytes, open + 1);
                return;
            case RECORD:
                checkDepth(open);
                for (Schema.Field field : schema.getFields()) {
                    passOver(field.schema(), bytes, open + 1);
                }
                return;
            case ARRAY:
                checkDepth(open);
                for (long count = bytes.readArrayStart(); count != 0; count = bytes.arrayNext()) {
                    for (long i = 0; i < count; i++) {
                        passOver(schema.getElementType(), bytes, open + 1);
                    }
                }
                return;
            case MAP:
                checkDepth(open);
                for (long count = bytes.readMapStart(); count != 0; count = bytes.mapNext()) {
                    for (long i = 0; i < count; i++) {
                        bytes.skipString();
                        passOver(schema.getValueType(), bytes, open + 1);
                    }
                }
                return;
            case STRING:
            case BYTES:
                bytes.skipBytes();
                return;
            case FIXED:
                bytes.skipFixed(schema.getFixedSize());
                return;
            case FLOAT:
                bytes.skipFixed(Float.BYTES);
                return;
            case DOUBLE:
                bytes.skipFixed(Double.BYTES);
                return;
            case BOOLEAN:
                bytes.skipFixed(1);
                return;
            case NULL:
                return;
            default:
                bytes.readLong();
        }
    }

    /** Before one more is opened, beside those that are. */
    private static void checkDepth(int open) {
        if (open >= DEPTH_MAX) {
            throw new AvroRuntimeException("its values are nested more than " + DEPTH_MAX + " deep");
        }
    }
}
