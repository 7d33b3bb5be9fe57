package io.cjo.flink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.apache.flink.types.Row;

/**
 * What Python answers for one input or timer, in one piece of bytes (udfs/transition.py writes it), big-endian:
 *
 * <pre>
 * long   time for which a timer is wanted, Long.MIN_VALUE: none
 * int    length of the new state; -1: nothing is kept any more; -2: the state is as it was;
 *        -3: Python holds it until the next checkpoint
 * bytes  the state
 * then, for each row to the end: byte exactly once (1) or not (0); topic, key and value, each as int length and bytes
 * </pre>
 *
 * One call with bytes each way is most of why this is fast: each crossing between the JVM and Python costs as much as a
 * small piece of Python.
 */
final class Transition {
    static final long NO_TIMER = Long.MIN_VALUE;
    private static final int GONE = -1;
    private static final int UNCHANGED = -2;
    private static final int HELD = -3;

    private final ByteBuffer answer;
    final long timer;
    final boolean gone;
    final boolean held;
    final byte[] state;

    Transition(byte[] bytes) {
        answer = ByteBuffer.wrap(bytes);
        timer = answer.getLong();
        int length = answer.getInt();
        gone = length == GONE;
        held = length == HELD;
        state = length >= 0 ? take(length) : null;
        if (length < HELD) {
            throw new IllegalStateException("Python answered with a state of length " + length);
        }
    }

    /** Hands over each row: (topic, key, value, exactly once). Call it once. */
    void rows(Consumer<Row> collect) {
        while (answer.hasRemaining()) {
            boolean exactlyOnce = answer.get() == 1;
            String topic = text();
            String key = text();
            collect.accept(Row.of(topic, key, take(answer.getInt()), exactlyOnce));
        }
    }

    private String text() {
        return new String(take(answer.getInt()), StandardCharsets.UTF_8);
    }

    private byte[] take(int length) {
        byte[] bytes = new byte[length];
        answer.get(bytes);
        return bytes;
    }
}
