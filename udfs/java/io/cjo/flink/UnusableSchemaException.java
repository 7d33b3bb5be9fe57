package io.cjo.flink;

/** A working registry gives no writer's schema for an id: it knows none, or what it knows can't be used. The message says which. */
final class UnusableSchemaException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableSchemaException(String message) {
        super(message, null, false, false); // the answer to many records: no stack trace is made for each
    }
}
