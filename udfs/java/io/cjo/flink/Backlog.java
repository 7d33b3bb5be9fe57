package io.cjo.flink;

/**
 * Whether a subtask works off a backlog, judged once a second by how event time moves: it is more than a minute behind
 * the clock and gains on it by half a second or more in each. While that is so, nobody waits for the two seconds
 * between checkpoints, and to write all state as often as that costs a tenth of the throughput.
 *
 * <p>It decides about checkpoints alone: no touchpoint is decided otherwise.
 */
final class Backlog {
    static final long EVERY_MS = 1_000;
    private static final long BEHIND_MS = 60_000;
    private static final long GAIN_MS = 500;
    /** So many answers in a row must say otherwise: one alone may be a pause, or a log of a few records. */
    private static final int IN_A_ROW = 2;

    private volatile boolean is;
    private int otherwise;
    private boolean known;
    private long watermarkMs;
    private long clockMs;

    /** What was found when it was looked at last; any thread may ask. */
    boolean is() {
        return is;
    }

    /** To be called once in EVERY_MS; true where what is found has changed. */
    boolean look(long nowWatermarkMs, long nowClockMs) {
        if (known && nowClockMs - clockMs < EVERY_MS / 2) {
            return false; // a thread that was busy makes up for what it missed: nothing can be said of no time at all
        }
        boolean behind = nowClockMs - BEHIND_MS > nowWatermarkMs;
        boolean gains = known && nowWatermarkMs - watermarkMs >= nowClockMs - clockMs + GAIN_MS;
        otherwise = (behind && gains) == is ? 0 : otherwise + 1;
        boolean changed = otherwise == IN_A_ROW;
        if (changed) {
            is = !is;
            otherwise = 0;
        }
        known = nowWatermarkMs > Long.MIN_VALUE;
        watermarkMs = nowWatermarkMs;
        clockMs = nowClockMs;
        return changed;
    }
}
