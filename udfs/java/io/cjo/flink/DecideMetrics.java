package io.cjo.flink;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * What the deciding operator tells of itself, in Flink's metric group `cjo`; docs/guide/operating.md says what each means.
 *
 * <p>The clock of this machine is looked at here and nowhere else in the operator: it tells how old event time is and
 * whether a backlog is worked off, and decides nothing.
 */
final class DecideMetrics {
    private static final int RECENT_WRITES = 1_000;

    private final MetricGroup group;
    private final Map<String, Counter> counters = new HashMap<>();
    private final Map<String, Histogram> samples = new HashMap<>();
    private final Counter written;
    private final Histogram heads;
    private final Backlog backlog = new Backlog();
    private volatile int largestHead;
    private volatile long watermark = Long.MIN_VALUE;
    private volatile long movedNanos = System.nanoTime();

    DecideMetrics(MetricGroup metrics) {
        group = metrics.addGroup("cjo");
        written = group.counter("state_written_bytes");
        heads = group.histogram("state_head_bytes", recent());
        group.gauge("state_head_max_bytes", (Gauge<Integer>) () -> largestHead);
        group.gauge("event_time_lag_seconds", (Gauge<Double>) this::lagSeconds);
        group.gauge("catching_up", (Gauge<Integer>) () -> backlog.is() ? 1 : 0);
        group.gauge("watermark_still_seconds", (Gauge<Double>) () -> (System.nanoTime() - movedNanos) / 1e9);
    }

    /** Adds to the counter `name`; `labels` is empty, or like `outcome=refused;reason=stale`. */
    void count(String name, String labels, long more) {
        counters.computeIfAbsent(name + ";" + labels, key -> labelled(labels).counter(name)).inc(more);
    }

    /** Takes one value of the distribution `name`; `labels` as for `count`. */
    void sample(String name, String labels, long value) {
        samples.computeIfAbsent(name + ";" + labels, key -> labelled(labels).histogram(name, recent())).update(value);
    }

    private static Histogram recent() {
        return new DescriptiveStatisticsHistogram(RECENT_WRITES);
    }

    /** A customer's head was written, with this length. */
    void headWritten(int bytes) {
        written.inc(bytes);
        heads.update(bytes);
        if (bytes > largestHead) {
            largestHead = bytes;
        }
    }

    /** A part of a customer's state was written, with this length. */
    void partWritten(int bytes) {
        written.inc(bytes);
    }

    /** Everything before `time` (epoch ms) has been decided. */
    void watermark(long time) {
        if (time > watermark) {
            watermark = time;
            movedNanos = System.nanoTime();
        }
    }

    /** Looks whether a backlog is worked off, once in Backlog.EVERY_MS; true where that has changed. */
    boolean lookAtBacklog() {
        return backlog.look(watermark, System.currentTimeMillis());
    }

    /** What was found when it was looked at last. */
    boolean catchingUp() {
        return backlog.is();
    }

    private MetricGroup labelled(String labels) {
        MetricGroup found = group;
        for (String label : labels.isEmpty() ? new String[0] : labels.split(";")) {
            String[] words = label.split("=", 2);
            found = found.addGroup(words[0], words[1]);
        }
        return found;
    }

    /** Not a number before the first watermark, and after the last one of a log that has an end. */
    private double lagSeconds() {
        long time = watermark;
        boolean known = time != Long.MIN_VALUE && time != Long.MAX_VALUE;
        return known ? (System.currentTimeMillis() - time) / 1e3 : Double.NaN;
    }
}
