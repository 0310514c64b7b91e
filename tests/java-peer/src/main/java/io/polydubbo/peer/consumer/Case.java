package io.polydubbo.peer.consumer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One case: a single step, or several in order that may remember what they saw. */
final class Case {
    /** Stands for this run in names that providers keep, so that runs do not disturb each other. */
    private static final String RUN = Long.toString(System.nanoTime(), 36);

    private final References references;
    private final Class<?> service;
    private final JsonObject test;
    private final Map<String, String> parameters;
    /** Results kept by {@code remember}. */
    private final Map<String, Object> memory = new HashMap<>();
    /** Listeners passed as arguments. */
    private final Map<String, Listening> listeners = new HashMap<>();

    Case(References references, Class<?> service, JsonObject scenario, JsonObject test) {
        this.references = references;
        this.service = service;
        this.test = test;
        this.parameters = parameters(scenario);
        parameters.putAll(parameters(test));
    }

    /** Null, or what went wrong. */
    String run() {
        try {
            JsonArray steps = test.getAsJsonArray("steps");
            if (steps == null) {
                step(test);
            } else {
                for (JsonElement step : steps) {
                    step(step.getAsJsonObject());
                }
            }
            return null;
        } catch (Throwable failure) {
            return failure instanceof Mismatch ? failure.getMessage() : Outcome.describe(failure);
        }
    }

    private void step(JsonObject template) throws Exception {
        JsonObject step = template.has("concurrent") ? template : fill(template, 0);
        if (step.has("pause_ms")) {
            Thread.sleep(step.get("pause_ms").getAsLong());
        } else if (step.has("events")) {
            Listening listening = listeners.get(step.get("events").getAsString());
            listening.await(step.getAsJsonArray("expect"), step.get("within_ms").getAsLong());
        } else if (step.has("concurrent")) {
            concurrent(step, step.get("concurrent").getAsInt());
        } else if (step.has("within_ms")) {
            eventually(step, step.get("within_ms").getAsLong());
        } else {
            call(step);
        }
    }

    /** Puts the run and the number of a concurrent call in the place of their names. */
    private static JsonObject fill(JsonObject step, int index) {
        String text = step.toString().replace("${run}", RUN).replace("${index}", Integer.toString(index));
        return JsonParser.parseString(text).getAsJsonObject();
    }

    private void call(JsonObject step) throws Exception {
        Call call = new Call(service, step, listeners);
        new Expectation(step.getAsJsonObject("expect"), memory, call).check(call.run(references, parameters));
    }

    /** {@code n} calls at the same time. */
    private void concurrent(JsonObject step, int n) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(n);
        try {
            List<Callable<Void>> calls = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                JsonObject own = fill(step, i);
                calls.add(() -> {
                    call(own);
                    return null;
                });
            }
            for (Future<Void> done : pool.invokeAll(calls)) {
                done.get();
            }
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof Exception ? (Exception) failed.getCause() : failed;
        } finally {
            pool.shutdownNow();
        }
    }

    /** Repeats the call until it gives what is expected. */
    private void eventually(JsonObject step, long ms) throws Exception {
        long end = System.nanoTime() + ms * 1_000_000;
        while (true) {
            try {
                call(step);
                return;
            } catch (Mismatch notYet) {
                if (System.nanoTime() > end) {
                    throw notYet;
                }
                Thread.sleep(20);
            }
        }
    }

    private static Map<String, String> parameters(JsonObject from) {
        Map<String, String> parameters = new HashMap<>();
        if (from.has("reference")) {
            from.getAsJsonObject("reference").entrySet()
                    .forEach(entry -> parameters.put(entry.getKey(), entry.getValue().getAsString()));
        }
        return parameters;
    }

    /** The call went through, but did not give what the case expects. */
    static final class Mismatch extends Exception {
        private static final long serialVersionUID = 1;

        Mismatch(String message) {
            super(message);
        }
    }
}
