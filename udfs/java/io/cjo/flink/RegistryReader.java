package io.cjo.flink;

import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.RestService;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.SchemaReference;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.SchemaString;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.security.SslFactory;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * Fetches writers' schemas by id, and tells a bad record from a registry in trouble.
 *
 * <p>Unknown is only what a working registry does not know: error code 40403, while it still knows the contract's own id.
 * However many records have unknown ids, they are dead letters. Anything else (no connection, 5xx, 429, 401, a bare 404
 * of a proxy) is an outage: an exception that fails the task, which Flink retries. Where the contract's own id is unknown
 * the registry has lost its schemas, and the job stops before every record becomes a dead letter.
 */
final class RegistryReader implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final Set<Integer> UNKNOWN = Set.of(40401, 40402, 40403); // subject, version, id
    private static final int CONNECT_MS = 5_000;
    private static final int READ_MS = 10_000;
    /**
     * Neither an id that gave nothing nor the contract's is asked for again within this time: a broken producer must not
     * turn every record into a request. One whose every record has another id costs a request for each.
     */
    private static final long REMEMBER_MS = 1_000;
    private static final int REMEMBERED = 1_000;

    private final String url;
    private final Map<String, String> properties;
    private final int contractId;
    private transient RestService rest;
    private transient Map<Integer, Refused> refused;
    private transient long contractFoundMs;

    RegistryReader(String url, Map<String, String> properties, int contractId) {
        this.url = url;
        this.properties = new LinkedHashMap<>(properties);
        this.contractId = contractId;
    }

    /** The writer's schema of `id`, with those that it refers to. */
    Schema schema(int id, Schema contract) throws IOException, UnusableSchemaException {
        Refused before = refused().get(id);
        if (before != null && isRecent(before.atMs)) {
            throw before.why;
        }
        try {
            SchemaString found = find(id);
            if (found != null) {
                return parsed(id, found.getSchemaString(), found.getReferences());
            }
            checkContract(id, contract);
            throw new UnusableSchemaException("the registry knows no schema of id " + id);
        } catch (UnusableSchemaException why) {
            refused().put(id, new Refused(why, System.currentTimeMillis()));
            throw why;
        }
    }

    /** Stops the job where the registry does not know the contract itself: then it has lost its schemas. */
    private void checkContract(int unknown, Schema contract) throws IOException {
        if (unknown != contractId && isRecent(contractFoundMs)) {
            return;
        }
        SchemaString own = unknown == contractId ? null : find(contractId);
        String name;
        try {
            name = own == null ? null : parsed(contractId, own.getSchemaString(), own.getReferences()).getFullName();
        } catch (UnusableSchemaException error) {
            name = "something else";
        }
        if (!contract.getFullName().equals(name)) {
            throw lost("it no longer knows schema id " + contractId + ", the contract " + contract.getFullName()
                    + (name == null ? "" : " (it gives " + name + " for it)"));
        }
        contractFoundMs = System.currentTimeMillis();
    }

    private static boolean isRecent(long atMs) {
        return System.currentTimeMillis() - atMs < REMEMBER_MS;
    }

    /** Null where a registry that answers knows no such id. */
    private SchemaString find(int id) throws IOException {
        SchemaString found = asked("schema id " + id, () -> rest().getId(id));
        if (found != null) {
            checkThere(found.getSchemaString(), "schema id " + id);
        }
        return found;
    }

    /** JSON without a schema in it comes from something else at the registry's address, and says nothing of the record. */
    private void checkThere(String schema, String what) throws IOException {
        if (schema == null) {
            throw new IOException("the schema registry " + url + " gave no answer about " + what + ": JSON without a schema");
        }
    }

    /** What a registry has taken is read: of a writer's schema neither default values nor the form of names mean anything here. */
    private Schema parsed(int id, String text, List<SchemaReference> references) throws IOException, UnusableSchemaException {
        try {
            Schema.Parser parser = new Schema.Parser().setValidate(false).setValidateDefaults(false);
            parseReferences(references, parser, new HashSet<>());
            return parser.parse(text);
        } catch (UnusableSchemaException error) {
            throw new UnusableSchemaException("the registry's schema of id " + id + " can't be used: " + error.getMessage());
        } catch (RuntimeException | StackOverflowError error) { // of JSON or Protobuf, wrong in itself, or too deep
            throw new UnusableSchemaException("the registry's schema of id " + id + " can't be used: " + error);
        }
    }

    /** What a schema refers to is parsed before it, each once: the parser remembers the names. */
    private void parseReferences(List<SchemaReference> references, Schema.Parser parser, Set<String> done)
            throws IOException, UnusableSchemaException {
        for (SchemaReference one : references == null ? List.<SchemaReference>of() : references) {
            String place = "version " + one.getVersion() + " of subject " + one.getSubject();
            if (done.add(place)) {
                var found = asked(place, () -> rest().getVersion(one.getSubject(), one.getVersion()));
                if (found == null) {
                    throw new UnusableSchemaException("it refers to " + place + ", which the registry does not know");
                }
                checkThere(found.getSchema(), place);
                parseReferences(found.getReferences(), parser, done);
                parser.parse(found.getSchema());
            }
        }
    }

    /** One answer; null where the registry says that it knows none, IOException where it gives none. */
    private <T> T asked(String what, Call<T> call) throws IOException {
        try {
            return call.answer();
        } catch (RestClientException error) {
            if (error.getStatus() == 404 && UNKNOWN.contains(error.getErrorCode())) {
                return null;
            }
            throw new IOException("the schema registry " + url + " gave no answer about " + what + ": HTTP "
                    + error.getStatus() + ", " + error.getMessage(), error);
        }
    }

    private RuntimeException lost(String what) {
        return new SuppressRestartsException(new IllegalStateException("the schema registry " + url
                + " seems to have lost its schemas: " + what + ". The job has stopped so that the log does not turn into dead"
                + " letters; nothing is lost. Restore the registry's storage so that the old ids are back, then resume the"
                + " job from its last checkpoint"));
    }

    private Map<Integer, Refused> refused() {
        if (refused == null) {
            refused = new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Integer, Refused> eldest) {
                    return size() > REMEMBERED;
                }
            };
        }
        return refused;
    }

    /** TLS by the options ssl.*, named as Kafka's; without them, the machine's own authorities are trusted. */
    private static void secure(RestService rest, Map<String, String> properties) {
        Map<String, String> tls = new LinkedHashMap<>(properties);
        tls.keySet().removeIf(name -> !name.startsWith("ssl."));
        if (!tls.isEmpty()) {
            rest.setSslSocketFactory(new SslFactory(tls).sslContext().getSocketFactory());
            if (tls.getOrDefault("ssl.endpoint.identification.algorithm", "https").isEmpty()) {
                rest.setHostnameVerifier((name, session) -> true);
            }
        }
    }

    private RestService rest() {
        if (rest == null) {
            Map<String, String> resolved = Secrets.resolved(properties);
            rest = new RestService(Arrays.asList(url.split("\\s*,\\s*")));
            rest.configure(resolved);
            secure(rest, resolved);
            rest.setHttpConnectTimeoutMs(CONNECT_MS);
            rest.setHttpReadTimeoutMs(READ_MS);
        }
        return rest;
    }

    private interface Call<T> {
        T answer() throws IOException, RestClientException;
    }

    private static final class Refused {
        final UnusableSchemaException why;
        final long atMs;

        Refused(UnusableSchemaException why, long atMs) {
            this.why = why;
            this.atMs = atMs;
        }
    }
}
