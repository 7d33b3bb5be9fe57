package io.cjo.flink;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * The engine's input row as JSON: `{"at": …, NAME: TEXT, …, "attributes": {…}}` of (at, attributes as JSON, name, text,
 * name, …).
 *
 * <p>What is NULL is left out. SQL's own JSON_OBJECT makes a tree of nodes, a tree of Java objects of it, and then text.
 * Bytes, in UTF-8: a text would be decoded here, written and read character by character on its way to the worker that
 * decides, and encoded again for Python.
 */
@FunctionHint(
        input = {
            @DataTypeHint("BIGINT"),
            @DataTypeHint("BYTES"),
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class)
        },
        isVarArgs = true,
        output = @DataTypeHint("BYTES"))
public final class RowText extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    private transient JsonText text;

    public byte[] eval(Long at, byte[] attributes, StringData... named) {
        if (text == null) {
            text = new JsonText();
        }
        text.begin();
        text.write('{');
        if (at != null) {
            text.ascii("\"at\":");
            text.ascii(at.toString());
        }
        for (int i = 0; i + 1 < named.length; i += 2) {
            if (named[i + 1] != null) {
                next();
                string(named[i]);
                text.write(':');
                string(named[i + 1]);
            }
        }
        if (attributes != null) {
            next();
            text.ascii("\"attributes\":");
            text.json(attributes);
        }
        text.write('}');
        return text.bytes();
    }

    private void next() {
        if (text.length() > 1) {
            text.write(',');
        }
    }

    private void string(StringData value) {
        byte[] bytes = value.toBytes();
        text.string(bytes, bytes.length);
    }
}
