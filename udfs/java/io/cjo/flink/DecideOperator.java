package io.cjo.flink;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.functions.python.DataStreamPythonFunctionInfo;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.operators.python.DataStreamPythonFunctionOperator;
import org.apache.flink.streaming.api.operators.python.embedded.AbstractEmbeddedDataStreamPythonFunctionOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;

/**
 * Keyed state and timers in the JVM, decisions in Python (udfs/orchestrate.py), one call each way for a touchpoint.
 *
 * <p>The first input is keyed, rows of (subject, JSON as bytes); the second is the control topic, rows of (text), in every
 * subtask. PyFlink's own operator would cost a crossing for each access to state and each timer, a Python generator and
 * a Java exception for each record. What is used of it here is how it starts Python with the job's code.
 *
 * <p>State, never to be renamed: `head` (bytes of a subject's state), `parts` (by name, those that were too large for
 * it), `control` (broadcast: control records by name@revision); timers `decide`.
 */
public final class DecideOperator extends AbstractEmbeddedDataStreamPythonFunctionOperator<Row>
        implements TwoInputStreamOperator<Row, Row, Row>, Triggerable<String, VoidNamespace> {
    private static final long serialVersionUID = 1L;
    private static final String PYTHON = "deciding";

    private transient ValueState<byte[]> head;
    private transient MapState<String, byte[]> parts;
    private transient BroadcastState<String, String> control;
    private transient InternalTimerService<VoidNamespace> timers;
    private transient DecideMetrics metrics;
    /** Keys whose state Python holds until the next checkpoint, because they are busy (udfs/held.py). */
    private transient Set<String> held;
    private transient OperatorEventGateway jobManager;

    public DecideOperator(Configuration config, DataStreamPythonFunctionInfo function, TypeInformation<Row> output) {
        super(config, function, output);
    }

    /** Called before anything else, with the line to BacklogCoordinator. */
    void tellBacklog(OperatorEventGateway toJobManager) {
        jobManager = toJobManager;
    }

    @Override
    public void open() throws Exception {
        head = getPartitionedState(new ValueStateDescriptor<>("head", BytePrimitiveArraySerializer.INSTANCE));
        parts = getPartitionedState(
                new MapStateDescriptor<>("parts", StringSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE));
        control = getOperatorStateBackend()
                .getBroadcastState(
                        new MapStateDescriptor<>("control", StringSerializer.INSTANCE, StringSerializer.INSTANCE));
        timers = getInternalTimerService("decide", VoidNamespaceSerializer.INSTANCE, this);
        metrics = new DecideMetrics(getRuntimeContext().getMetricGroup());
        held = new HashSet<>();
        getProcessingTimeService().scheduleAtFixedRate(this::lookAtBacklog, Backlog.EVERY_MS, Backlog.EVERY_MS);
        super.open();
        for (Map.Entry<String, String> record : control.immutableEntries()) {
            interpreter.invokeMethod(PYTHON, "on_control", record.getValue());
        }
    }

    @Override
    public void openPythonInterpreter() {
        interpreter.set("function", getPythonFunctionInfo().getPythonFunction().getSerializedPythonFunction());
        interpreter.set("host", new DecideHost(parts, metrics));
        interpreter.exec("import pickle, udfs.worker");
        interpreter.exec("udfs.worker.begin()");
        interpreter.exec(PYTHON + " = pickle.loads(function)");
        interpreter.exec(PYTHON + ".open(host)");
    }

    @Override
    public void processElement1(StreamRecord<Row> element) throws Exception {
        collector.setTimestamp(element);
        Row row = element.getValue();
        byte[] state = held.contains((String) row.getField(0)) ? null : head.value();
        carryOut(interpreter.invokeMethod(PYTHON, "on_input", row.getField(1), state));
    }

    @Override
    public void onEventTime(InternalTimer<String, VoidNamespace> timer) throws Exception {
        boolean busy = held.contains(timer.getKey());
        byte[] state = busy ? null : head.value();
        if (busy || state != null) {
            collector.setAbsoluteTimestamp(timer.getTimestamp());
            carryOut(interpreter.invokeMethod(PYTHON, "on_time", timer.getKey(), timer.getTimestamp(), state));
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<String, VoidNamespace> timer) {
        throw new IllegalStateException("time is in the log: nothing here is armed by the clock of this machine");
    }

    @Override
    public void processElement2(StreamRecord<Row> element) throws Exception {
        String text = (String) element.getValue().getField(0);
        control.put((String) interpreter.invokeMethod(PYTHON, "on_control", text), text);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        super.processWatermark(mark);
        metrics.watermark(mark.getTimestamp());
    }

    private void lookAtBacklog(long planned) {
        if (metrics.lookAtBacklog()) {
            jobManager.sendEventToCoordinator(new CatchingUp(metrics.catchingUp()));
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        for (String key : held) {
            setCurrentKey(key);
            carryOut(interpreter.invokeMethod(PYTHON, "on_checkpoint", key));
        }
        held.clear();
        interpreter.invokeMethod(PYTHON, "flush");
    }

    private void carryOut(Object answer) throws Exception {
        if (answer == null) {
            return;
        }
        Transition transition = new Transition((byte[]) answer);
        if (transition.state != null) {
            head.update(transition.state);
            metrics.headWritten(transition.state.length);
        } else if (transition.gone) {
            head.clear();
        } else if (transition.held) {
            held.add((String) getCurrentKey());
        }
        if (transition.timer != Transition.NO_TIMER) {
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, transition.timer);
        }
        transition.rows(collector::collect);
    }

    @Override
    public <T> DataStreamPythonFunctionOperator<T> copy(
            DataStreamPythonFunctionInfo function, TypeInformation<T> output) {
        throw new UnsupportedOperationException("this operator is chained to no other Python");
    }
}
