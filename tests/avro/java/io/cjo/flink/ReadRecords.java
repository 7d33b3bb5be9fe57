package io.cjo.flink;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Scanner;
import org.apache.flink.table.data.GenericRowData;

/** Reads records by the format alone: arguments registry, file of the reader's schema, id of the contract; a line of base64 each way. */
public final class ReadRecords {
    public static void main(String[] arguments) throws Exception {
        RegistryReader registry = new RegistryReader(arguments[0], Map.of(), Integer.parseInt(arguments[2]));
        DeadLetterAvroSchema format = new DeadLetterAvroSchema(Files.readString(Path.of(arguments[1])), registry, null);
        format.open(null);
        Scanner lines = new Scanner(System.in, UTF_8);
        while (lines.hasNextLine()) {
            GenericRowData row = (GenericRowData) format.deserialize(Base64.getDecoder().decode(lines.nextLine()));
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.getArity() - 1; i++) {
                Object field = row.getField(i);
                String text = field instanceof byte[] ? new String((byte[]) field, UTF_8) : String.valueOf(field);
                line.append(i > 0 ? "," : "").append(Base64.getEncoder().encodeToString(text.getBytes(UTF_8)));
            }
            System.out.println(line);
        }
    }
}
