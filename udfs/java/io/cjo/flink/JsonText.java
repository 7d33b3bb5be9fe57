package io.cjo.flink;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** JSON in UTF-8 while it is written, in one buffer that is used again and again. */
final class JsonText {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] text = new byte[1_024];
    private int length;

    /** Begins a new text. */
    void begin() {
        length = 0;
    }

    /** How long the text is so far, bytes. */
    int length() {
        return length;
    }

    /** The text. */
    byte[] bytes() {
        return Arrays.copyOf(text, length);
    }

    void write(char ascii) {
        reserve(1);
        text[length++] = (byte) ascii;
    }

    void ascii(String word) {
        reserve(word.length());
        for (int i = 0; i < word.length(); i++) {
            text[length++] = (byte) word.charAt(i);
        }
    }

    /** Bytes that are JSON already. */
    void json(byte[] made) {
        reserve(made.length);
        System.arraycopy(made, 0, text, length, made.length);
        length += made.length;
    }

    /** A string of the first `size` of these bytes of UTF-8, in quotes. */
    void string(byte[] utf8, int size) {
        reserve(6 * size + 2);
        text[length++] = '"';
        for (int i = 0; i < size; i++) {
            byte one = utf8[i];
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
        text[length++] = HEX[control >> 4];
        text[length++] = HEX[control & 15];
    }

    private void reserve(int more) {
        if (length + more > text.length) {
            text = Arrays.copyOf(text, Math.max(2 * text.length, length + more));
        }
    }
}
