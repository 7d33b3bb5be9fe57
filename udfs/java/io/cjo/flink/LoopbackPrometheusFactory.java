package io.cjo.flink;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.HTTPServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Properties;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.prometheus.AbstractPrometheusReporter;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * Flink's Prometheus reporter, listening on loopback alone: Flink's own listens on every address of the machine.
 *
 * <p>The local stack uses it, with `port` (one number). It needs flink-metrics-prometheus beside it in the lib folder;
 * where that is missing nothing is lost but this reporter.
 */
public final class LoopbackPrometheusFactory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
        return new Reporter();
    }

    private static final class Reporter extends AbstractPrometheusReporter {
        private HTTPServer server;

        @Override
        public void open(MetricConfig config) {
            super.open(config);
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), config.getInteger("port", 9249));
            try {
                server = new HTTPServer(address, registry(), true);
            } catch (IOException error) {
                throw new UncheckedIOException("metrics can't be served at " + address, error);
            }
        }

        @Override
        public void close() {
            if (server != null) {
                server.stop();
            }
            super.close();
        }

        /** What the superclass collects into; it shows it to its own package alone. */
        private CollectorRegistry registry() {
            try {
                Field field = AbstractPrometheusReporter.class.getDeclaredField("registry");
                field.setAccessible(true);
                return (CollectorRegistry) field.get(this);
            } catch (ReflectiveOperationException error) {
                throw new IllegalStateException("this Flink's Prometheus reporter is made otherwise than that of 2.3", error);
            }
        }
    }
}
