package io.cjo.flink;

import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.streaming.api.operators.CoordinatedOperatorFactory;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.types.Row;

/**
 * Gives the operator a line to its coordinator in the JobManager. It is a simple factory with the operator in it, for
 * PyFlink asks such a one whether it holds Python.
 */
public final class DecideOperatorFactory extends SimpleOperatorFactory<Row> implements CoordinatedOperatorFactory<Row> {
    private static final long serialVersionUID = 1L;

    public DecideOperatorFactory(DecideOperator operator) {
        super(operator);
    }

    @Override
    public <T extends StreamOperator<Row>> T createStreamOperator(StreamOperatorParameters<Row> parameters) {
        OperatorID id = parameters.getStreamConfig().getOperatorID();
        ((DecideOperator) getOperator()).tellBacklog(
                parameters.getOperatorEventDispatcher().getOperatorEventGateway(id));
        return super.createStreamOperator(parameters);
    }

    @Override
    public OperatorCoordinator.Provider getCoordinatorProvider(String name, OperatorID id) {
        return new BacklogCoordinator.Provider(id);
    }
}
