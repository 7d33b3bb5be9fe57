package io.cjo.flink;

import org.apache.flink.api.common.state.MapState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What Python may ask of the JVM, for the current key: parts of a large state, metrics, and the log. */
public final class DecideHost {
    private static final Logger LOG = LoggerFactory.getLogger(DecideOperator.class);

    private final MapState<String, byte[]> parts;
    private final DecideMetrics metrics;

    DecideHost(MapState<String, byte[]> parts, DecideMetrics metrics) {
        this.parts = parts;
        this.metrics = metrics;
    }

    public byte[] get(String name) throws Exception {
        return parts.get(name);
    }

    public void put(String name, byte[] value) throws Exception {
        metrics.partWritten(value.length);
        parts.put(name, value);
    }

    public void remove(String name) throws Exception {
        parts.remove(name);
    }

    /** Adds to the counter cjo.NAME; `labels` is empty, or like `outcome=refused;reason=stale`. */
    public void count(String name, String labels, long more) {
        metrics.count(name, labels, more);
    }

    /** Takes one value of the distribution cjo.NAME; `labels` as for `count`. */
    public void sample(String name, String labels, long value) {
        metrics.sample(name, labels, value);
    }

    /** Writes a warning to the log of this TaskManager. */
    public void warn(String line) {
        LOG.warn(line);
    }
}
