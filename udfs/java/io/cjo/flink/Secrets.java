package io.cjo.flink;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** References to variables, `${env:NAME}`, resolved on the machine that connects: no secret is in the job's graph. */
final class Secrets {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{env:([^}:]+)\\}");

    private Secrets() {}

    static Map<String, String> resolved(Map<String, String> options) {
        Map<String, String> found = new LinkedHashMap<>();
        options.forEach((name, value) -> found.put(name, resolved(name, value)));
        return found;
    }

    private static String resolved(String name, String value) {
        return REFERENCE.matcher(value).replaceAll(reference -> {
            String variable = System.getenv(reference.group(1));
            if (variable == null) {
                throw new IllegalStateException("the registry's option " + name + " refers to the variable " + reference.group(1)
                        + ", which is not set for this Flink process: set it for every JobManager and TaskManager");
            }
            return Matcher.quoteReplacement(variable);
        });
    }
}
