package io.polydubbo.peer.consumer;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.polydubbo.peer.Options;

import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;

/** Runs the cases of the scenario file against a provider and prints one line for each. */
public final class Consumer {
    private final Options options;
    private final References references;
    private int passed;
    private int failed;

    public Consumer(Options options) throws Exception {
        this.options = options;
        this.references = new References(options);
    }

    /** True if no case failed. */
    public boolean run() throws Exception {
        String wanted = options.get("scenario", "all");
        for (JsonElement element : scenarios()) {
            JsonObject scenario = element.getAsJsonObject();
            String name = scenario.get("name").getAsString();
            if (wanted.equals("all") || wanted.equals(name)) {
                run(name, scenario);
            }
        }
        Result.done(passed, failed);
        return failed == 0 && passed > 0;
    }

    private void run(String name, JsonObject scenario) {
        Class<?> service;
        try {
            service = Class.forName(scenario.get("service").getAsString());
        } catch (ClassNotFoundException unknown) {
            throw new IllegalArgumentException("scenario " + name, unknown);
        }
        for (JsonElement element : scenario.getAsJsonArray("cases")) {
            JsonObject test = element.getAsJsonObject();
            long start = System.nanoTime();
            String failure = new Case(references, service, scenario, test).run();
            Result.print(name, test.get("name").getAsString(), failure, (System.nanoTime() - start) / 1_000_000);
            if (failure == null) {
                passed++;
            } else {
                failed++;
            }
        }
    }

    private Iterable<JsonElement> scenarios() throws Exception {
        try (Reader reader = Files.newBufferedReader(Paths.get(options.require("scenarios")), StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(reader).getAsJsonObject().getAsJsonArray("scenarios");
        }
    }
}
