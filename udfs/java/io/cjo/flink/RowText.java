package io.cjo.flink;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * The engine's input row as JSON: `{"at": …, NAME: TEXT, …, "attributes": {…}}` of (at, attributes, name, text, name, …).
 *
 * <p>What is NULL is left out. SQL's own JSON_OBJECT makes a tree of nodes, a tree of Java objects of it, and then text.
 */
@FunctionHint(
        input = {
            @DataTypeHint("BIGINT"),
            @DataTypeHint(value = "MAP<STRING, STRING>", bridgedTo = MapData.class),
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class)
        },
        isVarArgs = true,
        output = @DataTypeHint(value = "STRING", bridgedTo = StringData.class))
public final class RowText extends ScalarFunction {
    private static final long serialVersionUID = 1L;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private transient byte[] text;
    private transient int length;

    public StringData eval(Long at, MapData attributes, StringData... named) {
        if (text == null) {
            text = new byte[1_024];
        }
        length = 0;
        write('{');
        if (at != null) {
            ascii("\"at\":");
            ascii(at.toString());
        }
        for (int i = 0; i + 1 < named.length; i += 2) {
            if (named[i + 1] != null) {
                name(named[i]);
                string(named[i + 1]);
            }
        }
        if (attributes != null) {
            if (length > 1) {
                write(',');
            }
            ascii("\"attributes\":");
            map(attributes);
        }
        write('}');
        return BinaryStringData.fromBytes(Arrays.copyOf(text, length));
    }

    private void map(MapData attributes) {
        ArrayData keys = attributes.keyArray();
        ArrayData values = attributes.valueArray();
        int begin = length;
        write('{');
        for (int i = 0; i < attributes.size(); i++) {
            if (length > begin + 1) {
                write(',');
            }
            string(keys.getString(i));
            write(':');
            if (values.isNullAt(i)) {
                ascii("null");
            } else {
                string(values.getString(i));
            }
        }
        write('}');
    }

    private void name(StringData name) {
        if (length > 1) {
            write(',');
        }
        string(name);
        write(':');
    }

    private void string(StringData value) {
        byte[] bytes = value.toBytes();
        reserve(6 * bytes.length + 2);
        text[length++] = '"';
        for (byte one : bytes) {
            if (one == '"' || one == '\\') {
                text[length++] = '\\';
                text[length++] = one;
            } else if (one >= 0 && one < ' ') {
                escape(one);
            } else {
                text[length++] = one;
            }
        }
        text[length++] = '"';
    }

    private void escape(byte control) {
        ascii("\\u00");
        write(HEX[control >> 4]);
        write(HEX[control & 15]);
    }

    private void ascii(String word) {
        reserve(word.length());
        for (int i = 0; i < word.length(); i++) {
            text[length++] = (byte) word.charAt(i);
        }
    }

    private void write(int one) {
        reserve(1);
        text[length++] = (byte) one;
    }

    private void reserve(int more) {
        if (length + more > text.length) {
            text = Arrays.copyOf(text, Math.max(2 * text.length, length + more));
        }
    }
}
