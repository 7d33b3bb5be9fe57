package io.cjo.flink;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/** What Python may ask of the JVM, for the current key: parts of a large state, and counting. */
public final class DecideHost {
    private final MapState<String, byte[]> parts;
    private final MetricGroup metrics;
    private final Map<String, Counter> counters = new HashMap<>();

    DecideHost(MapState<String, byte[]> parts, MetricGroup metrics) {
        this.parts = parts;
        this.metrics = metrics.addGroup("cjo");
    }

    public byte[] get(String name) throws Exception {
        return parts.get(name);
    }

    public void put(String name, byte[] value) throws Exception {
        parts.put(name, value);
    }

    public void remove(String name) throws Exception {
        parts.remove(name);
    }

    /** Adds to the counter cjo.NAME, or cjo.GROUP.NAME where a group is given. */
    public void count(String group, String name, long more) {
        counters.computeIfAbsent(group + "/" + name, key -> (group.isEmpty() ? metrics : metrics.addGroup(group)).counter(name))
                .inc(more);
    }
}
