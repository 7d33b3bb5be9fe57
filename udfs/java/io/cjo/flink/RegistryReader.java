package io.cjo.flink;

import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.RestService;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.security.SslFactory;
import org.apache.flink.avro.shaded.org.apache.avro.AvroRuntimeException;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * Fetches writers' schemas by id, and tells a bad record from a registry in trouble.
 *
 * <p>Unknown is only what a working registry does not know: error code 40403, while it still knows the contract's own id.
 * Anything else (no connection, 5xx, 429, 401, a bare 404 of a proxy) is an outage: an exception that fails the task, which
 * Flink retries. A registry that has lost its schemas stops the job instead, before every record becomes a dead letter.
 */
final class RegistryReader implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int UNKNOWN_ID = 40403;
    private static final int CONNECT_MS = 5_000;
    private static final int READ_MS = 10_000;
    /** An unknown id is not asked for again within this time: a broken producer must not turn every record into a request. */
    private static final long REMEMBER_UNKNOWN_MS = 1_000;
    private static final int REMEMBERED = 1_000;
    /** The share of unknown schemas is an exponential mean over about this many records. */
    private static final int RECENT = 100;

    private final String url;
    private final Map<String, String> properties;
    private final int contractId;
    private final double unknownShareMax;
    private double unknownShare;
    private transient RestService rest;
    private transient Map<Integer, Long> unknownAt;

    RegistryReader(String url, Map<String, String> properties, int contractId, double unknownShareMax) {
        this.url = url;
        this.properties = new LinkedHashMap<>(properties);
        this.contractId = contractId;
        this.unknownShareMax = unknownShareMax;
    }

    /** The writer's schema of `id`; null where a registry in order does not know it. */
    Schema schema(int id, Schema contract) throws IOException {
        Long asked = unknownAt().get(id);
        if (asked != null && System.currentTimeMillis() - asked < REMEMBER_UNKNOWN_MS) {
            return null;
        }
        Schema found = fetch(id);
        if (found != null) {
            return found;
        }
        Schema own = id == contractId ? null : fetch(contractId);
        if (own == null || !own.getFullName().equals(contract.getFullName())) {
            throw lost("it no longer knows schema id " + contractId + ", the contract " + contract.getFullName()
                    + (own == null ? "" : " (it gives " + own.getFullName() + " for it)"));
        }
        unknownAt.put(id, System.currentTimeMillis());
        return null;
    }

    void countKnown() {
        unknownShare -= unknownShare / RECENT;
    }

    void countUnknown(int id) {
        unknownShare += (1 - unknownShare) / RECENT;
        if (unknownShare > unknownShareMax) {
            throw lost("it does not know the schemas of more than " + Math.round(100 * unknownShareMax)
                    + " % of recent records, the last with id " + id);
        }
    }

    private Schema fetch(int id) throws IOException {
        try {
            return new Schema.Parser().parse(rest().getId(id).getSchemaString());
        } catch (RestClientException error) {
            if (error.getStatus() == 404 && error.getErrorCode() == UNKNOWN_ID) {
                return null;
            }
            throw new IOException("the schema registry " + url + " gave no answer about schema id " + id + ": HTTP "
                    + error.getStatus() + ", " + error.getMessage(), error);
        } catch (AvroRuntimeException error) { // of JSON or Protobuf, or wrong in itself: nothing can be read by it
            return null;
        }
    }

    private RuntimeException lost(String what) {
        return new SuppressRestartsException(new IllegalStateException("the schema registry " + url
                + " seems to have lost its schemas: " + what + ". The job has stopped so that the log does not turn into dead"
                + " letters; nothing is lost. Restore the registry's storage so that the old ids are back, then resume the"
                + " job from its last checkpoint"));
    }

    private Map<Integer, Long> unknownAt() {
        if (unknownAt == null) {
            unknownAt = new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Integer, Long> eldest) {
                    return size() > REMEMBERED;
                }
            };
        }
        return unknownAt;
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
}
