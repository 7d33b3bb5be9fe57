package io.cjo.flink;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.avro.shaded.org.apache.avro.LogicalTypes;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.logical.RowType;

/** Which SQL columns a reader's schema gives, and the check that a table declares just these. */
final class Columns {
    /** Behind the schema's fields: dead_kind, dead_error, raw_value. */
    static final int EXTRA = 3;

    private static final String ENTRIES = "entries";

    private Columns() {}

    /**
     * True of a map whose schema has the property `entries`: its column is JSON as bytes, and each key that is named
     * there has a text column FIELD.KEY behind the fields.
     *
     * <p>SQL copies a map for each record in which it looks at one of its entries, and most records are filtered out.
     */
    static boolean isTakenApart(Schema field) {
        return field.getType() == Schema.Type.MAP && field.getObjectProp(ENTRIES) != null;
    }

    /** The keys of the map that is taken apart; none where no map is. */
    static List<String> entries(Schema reader) {
        List<String> found = new ArrayList<>();
        for (Schema.Field field : reader.getFields()) {
            if (isTakenApart(field.schema())) {
                for (Object key : (List<?>) field.schema().getObjectProp(ENTRIES)) {
                    found.add((String) key);
                }
            }
        }
        return found;
    }

    static void check(Schema reader, RowType table) {
        List<String> expected = new ArrayList<>();
        List<String> apart = new ArrayList<>();
        for (Schema.Field field : reader.getFields()) {
            boolean isApart = isTakenApart(field.schema());
            expected.add(field.name() + " " + (isApart ? "BYTES" : sqlType(field.name(), field.schema())));
            if (isApart) {
                apart.add(field.name());
                if (field.schema().getValueType().getType() != Schema.Type.STRING) {
                    throw new ValidationException(DeadLetterAvroFactory.IDENTIFIER + ": only a map of texts is taken apart, got " + field);
                }
            }
        }
        if (apart.size() > 1) {
            throw new ValidationException(DeadLetterAvroFactory.IDENTIFIER + ": only one map is taken apart, got " + apart);
        }
        for (String key : entries(reader)) {
            expected.add(apart.get(0) + "." + key + " STRING");
        }
        expected.addAll(List.of("dead_kind STRING", "dead_error STRING", "raw_value BYTES"));
        List<String> found = new ArrayList<>();
        for (RowType.RowField field : table.getFields()) {
            String type = field.getType().copy(true).asSummaryString();
            found.add(field.getName() + " " + type + (field.getType().isNullable() ? "" : " NOT NULL"));
        }
        if (!expected.equals(found)) {
            throw new ValidationException(String.format(
                    "%s: the value columns must be%n  %s%nbut the table declares%n  %s",
                    DeadLetterAvroFactory.IDENTIFIER, String.join(", ", expected), String.join(", ", found)));
        }
    }

    private static String sqlType(String name, Schema schema) {
        Schema type = withoutNull(schema);
        switch (type.getType()) {
            case STRING:
                return "STRING";
            case LONG:
                return "BIGINT";
            case INT:
                return "INT";
            case BOOLEAN:
                return "BOOLEAN";
            case DOUBLE:
                return "DOUBLE";
            case BYTES:
                if (type.getLogicalType() instanceof LogicalTypes.Decimal) {
                    LogicalTypes.Decimal decimal = (LogicalTypes.Decimal) type.getLogicalType();
                    return "DECIMAL(" + decimal.getPrecision() + ", " + decimal.getScale() + ")";
                }
                return "BYTES";
            case MAP:
                return "MAP<STRING, " + sqlType(name, type.getValueType()) + ">";
            default:
                throw new ValidationException(
                        DeadLetterAvroFactory.IDENTIFIER + ": field " + name + " has type " + type.getType()
                                + ", which has no column here: leave it out of the reader's schema");
        }
    }

    /** The other branch of a union with null; any other schema as it is. */
    static Schema withoutNull(Schema schema) {
        if (!schema.isUnion()) {
            return schema;
        }
        List<Schema> branches = new ArrayList<>(schema.getTypes());
        branches.removeIf(branch -> branch.getType() == Schema.Type.NULL);
        if (branches.size() != 1) {
            throw new ValidationException(DeadLetterAvroFactory.IDENTIFIER + ": only unions of null and one type are read, got " + schema);
        }
        return branches.get(0);
    }
}
