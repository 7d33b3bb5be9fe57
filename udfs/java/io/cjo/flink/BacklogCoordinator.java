package io.cjo.flink;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.checkpoint.CheckpointCoordinator;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/**
 * In the JobManager: as long as any deciding subtask catches up, checkpoints are
 * `execution.checkpointing.interval-during-backlog` apart, not `execution.checkpointing.interval`. It keeps nothing: a
 * subtask that starts anew tells it anew. Flink calls all of it in one thread.
 */
final class BacklogCoordinator implements OperatorCoordinator {
    private static final byte[] NOTHING = new byte[0];

    private final Context context;
    private final Set<Integer> behind = new HashSet<>();

    private BacklogCoordinator(Context context) {
        this.context = context;
    }

    @Override
    public void handleEventFromOperator(int subtask, int attempt, OperatorEvent event) {
        tell(subtask, ((CatchingUp) event).is);
    }

    @Override
    public void executionAttemptFailed(int subtask, int attempt, Throwable reason) {
        tell(subtask, false);
    }

    @Override
    public void subtaskReset(int subtask, long checkpointId) {
        tell(subtask, false);
    }

    private void tell(int subtask, boolean is) {
        boolean changed = is ? behind.add(subtask) : behind.remove(subtask);
        CheckpointCoordinator checkpoints = context.getCheckpointCoordinator();
        if (changed && checkpoints != null) {
            checkpoints.setIsProcessingBacklog(context.getOperatorId(), !behind.isEmpty());
        }
    }

    @Override
    public void checkpointCoordinator(long checkpointId, CompletableFuture<byte[]> result) {
        result.complete(NOTHING);
    }

    @Override
    public void resetToCheckpoint(long checkpointId, byte[] state) {
        for (Integer subtask : Set.copyOf(behind)) {
            tell(subtask, false);
        }
    }

    @Override
    public void start() {}

    @Override
    public void close() {}

    @Override
    public void notifyCheckpointComplete(long checkpointId) {}

    @Override
    public void executionAttemptReady(int subtask, int attempt, SubtaskGateway gateway) {}

    /** Goes with the job to the JobManager, which makes one of it. */
    static final class Provider implements OperatorCoordinator.Provider {
        private static final long serialVersionUID = 1L;

        private final OperatorID operator;

        Provider(OperatorID operator) {
            this.operator = operator;
        }

        @Override
        public OperatorID getOperatorId() {
            return operator;
        }

        @Override
        public OperatorCoordinator create(Context context) {
            return new BacklogCoordinator(context);
        }
    }
}
