package io.cjo.flink;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.avro.shaded.org.apache.avro.AvroRuntimeException;
import org.apache.flink.avro.shaded.org.apache.avro.io.Decoder;
import org.apache.flink.avro.shaded.org.apache.avro.util.Utf8;

/**
 * Avro's binary encoding over one array, where every length is checked against what is left before anything is allocated.
 *
 * <p>Avro's own decoder allocates first: five random bytes in place of a string's length can ask for 2 GB. It also reads
 * ahead into a buffer, so that what one record leaves over spoils the next.
 */
final class BytesDecoder extends Decoder {
    /** So many items may take no bytes (null, a record without fields); of all others there are no more than bytes. */
    private static final int SPARE_ITEMS = 1 << 20;

    private byte[] data;
    private int start;
    private int at;
    private long itemsLeft;

    void wrap(byte[] data, int start) {
        this.data = data;
        this.start = start;
        again();
    }

    /** Goes back to where it began. */
    void again() {
        at = start;
        itemsLeft = (long) data.length + SPARE_ITEMS;
    }

    int remaining() {
        return data.length - at;
    }

    private byte next() throws EOFException {
        if (at >= data.length) {
            throw new EOFException("the record ends in the middle of a value");
        }
        return data[at++];
    }

    /** Moves over `length` bytes and returns where they start. */
    private int take(long length) throws EOFException {
        if (length < 0) {
            throw new AvroRuntimeException("a length is negative: " + length);
        }
        if (length > remaining()) {
            throw new EOFException("a length of " + length + " bytes, with " + remaining() + " left");
        }
        int start = at;
        at += (int) length;
        return start;
    }

    @Override
    public void readNull() {}

    @Override
    public boolean readBoolean() throws IOException {
        byte value = next();
        if (value != 0 && value != 1) {
            throw new AvroRuntimeException("a boolean is neither 0 nor 1: " + value);
        }
        return value == 1;
    }

    @Override
    public int readInt() throws IOException {
        long value = readLong();
        if (value != (int) value) {
            throw new AvroRuntimeException("an int is out of range: " + value);
        }
        return (int) value;
    }

    @Override
    public long readLong() throws IOException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte part = next();
            value |= (long) (part & 0x7f) << shift;
            if (part >= 0) {
                return value >>> 1 ^ -(value & 1);
            }
        }
        throw new AvroRuntimeException("a number has more than 10 bytes");
    }

    @Override
    public float readFloat() throws IOException {
        return ByteBuffer.wrap(data, take(4), 4).order(java.nio.ByteOrder.LITTLE_ENDIAN).getFloat();
    }

    @Override
    public double readDouble() throws IOException {
        return ByteBuffer.wrap(data, take(8), 8).order(java.nio.ByteOrder.LITTLE_ENDIAN).getDouble();
    }

    @Override
    public Utf8 readString(Utf8 old) throws IOException {
        int length = (int) Math.min(readLong(), Integer.MAX_VALUE);
        int start = take(length);
        Utf8 text = old == null ? new Utf8() : old;
        text.setByteLength(length);
        System.arraycopy(data, start, text.getBytes(), 0, length);
        return text;
    }

    @Override
    public String readString() throws IOException {
        int length = (int) Math.min(readLong(), Integer.MAX_VALUE);
        return new String(data, take(length), length, StandardCharsets.UTF_8);
    }

    @Override
    public void skipString() throws IOException {
        take(readLong());
    }

    /** Of an array of its own: Avro takes the whole array behind the buffer for the text that it makes of bytes. */
    @Override
    public ByteBuffer readBytes(ByteBuffer old) throws IOException {
        int length = (int) Math.min(readLong(), Integer.MAX_VALUE);
        int start = take(length);
        return ByteBuffer.wrap(Arrays.copyOfRange(data, start, start + length));
    }

    @Override
    public void skipBytes() throws IOException {
        take(readLong());
    }

    @Override
    public void readFixed(byte[] target, int start, int length) throws IOException {
        System.arraycopy(data, take(length), target, start, length);
    }

    @Override
    public void skipFixed(int length) throws IOException {
        take(length);
    }

    @Override
    public int readEnum() throws IOException {
        return readInt();
    }

    @Override
    public int readIndex() throws IOException {
        int branch = readInt();
        if (branch < 0) {
            throw new AvroRuntimeException("a union has no branch " + branch);
        }
        return branch;
    }

    /** Items of the next block; a negative count is followed by the block's size in bytes. */
    private long blockStart() throws IOException {
        long count = readLong();
        if (count < 0) {
            readLong();
            count = -count;
        }
        return counted(count);
    }

    private long counted(long count) {
        if (count < 0 || count > itemsLeft) {
            throw new AvroRuntimeException("a block of " + count + " items, in a record of " + data.length + " bytes");
        }
        itemsLeft -= count;
        return count;
    }

    /** Skips blocks that tell their size; returns the items of the first that does not, which the caller skips one by one. */
    private long skipBlocks() throws IOException {
        long count = readLong();
        while (count < 0) {
            take(readLong());
            count = readLong();
        }
        return counted(count);
    }

    @Override
    public long readArrayStart() throws IOException {
        return blockStart();
    }

    @Override
    public long arrayNext() throws IOException {
        return blockStart();
    }

    @Override
    public long skipArray() throws IOException {
        return skipBlocks();
    }

    @Override
    public long readMapStart() throws IOException {
        return blockStart();
    }

    @Override
    public long mapNext() throws IOException {
        return blockStart();
    }

    @Override
    public long skipMap() throws IOException {
        return skipBlocks();
    }
}
