package io.cjo.flink;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Format 'dead-letter-avro': Avro in Confluent's framing, where a record that cannot be read becomes a row that says why.
 *
 * <p>The columns are the fields of the reader's schema, in its order and all nullable, then three more: dead_kind STRING,
 * dead_error STRING, raw_value BYTES (of every record, good or bad). The reader's schema may leave out fields of the
 * contract: they are skipped, not decoded. A map of texts may be taken apart (Columns.isTakenApart).
 */
public class DeadLetterAvroFactory implements DeserializationFormatFactory {
    public static final String IDENTIFIER = "dead-letter-avro";

    static final ConfigOption<String> URL = ConfigOptions.key("url").stringType().noDefaultValue()
            .withDescription("The schema registry's URLs, comma-separated (Confluent's API).");
    static final ConfigOption<String> SCHEMA = ConfigOptions.key("schema").stringType().noDefaultValue()
            .withDescription("The reader's schema: the fields to decode.");
    static final ConfigOption<Integer> SCHEMA_ID = ConfigOptions.key("schema-id").intType().noDefaultValue()
            .withDescription("The registry's id of the contract. A registry that does not know it has lost its schemas, and the job stops.");
    static final ConfigOption<Map<String, String>> PROPERTIES = ConfigOptions.key("properties").mapType().noDefaultValue()
            .withDescription("Properties of the registry's client, for example basic.auth.user.info.");

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return new HashSet<>(Set.of(URL, SCHEMA, SCHEMA_ID));
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return new HashSet<>(Set.of(PROPERTIES));
    }

    @Override
    public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        FactoryUtil.validateFactoryOptions(this, options);
        Map<String, String> properties = options.getOptional(PROPERTIES).orElseGet(LinkedHashMap::new);
        RegistryReader registry = new RegistryReader(options.get(URL), properties, options.get(SCHEMA_ID));
        return new Format(options.get(SCHEMA), registry);
    }

    private static final class Format implements DecodingFormat<DeserializationSchema<RowData>> {
        private final String schema;
        private final RegistryReader registry;

        Format(String schema, RegistryReader registry) {
            this.schema = schema;
            this.registry = registry;
        }

        @Override
        public DeserializationSchema<RowData> createRuntimeDecoder(DynamicTableSource.Context context, DataType columns) {
            Columns.check(new Schema.Parser().parse(schema), (RowType) columns.getLogicalType());
            return new DeadLetterAvroSchema(schema, registry, context.createTypeInformation(columns));
        }

        @Override
        public ChangelogMode getChangelogMode() {
            return ChangelogMode.insertOnly();
        }
    }
}
