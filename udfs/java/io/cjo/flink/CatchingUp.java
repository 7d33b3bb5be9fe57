package io.cjo.flink;

import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/** A subtask tells the JobManager whether it catches up: what it decides is of long ago, and it comes nearer to now. */
final class CatchingUp implements OperatorEvent {
    private static final long serialVersionUID = 1L;

    final boolean is;

    CatchingUp(boolean is) {
        this.is = is;
    }
}
