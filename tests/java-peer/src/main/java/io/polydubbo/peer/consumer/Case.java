package io.polydubbo.peer.consumer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One case: a single step, or several in order that may remember what they saw. */
final class Case {
    private final References references;
    private final Class<?> service;
    private final JsonObject test;
    /** Results kept by {@code remember}. */
    private final Map<String, Object> memory = new HashMap<>();
    /** Listeners passed as arguments. */
    private final Map<String, Listening> listeners = new HashMap<>();

    Case(References references, Class<?> service, JsonObject test) {
        this.references = references;
        this.service = service;
        this.test = test;
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

    private void step(JsonObject step) throws Exception {
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
            call(step, 0);
        }
    }

    private void call(JsonObject step, int index) throws Exception {
        Map<String, String> parameters = parameters(test);
        parameters.putAll(parameters(step));
        Call call = new Call(service, step, index, listeners);
        new Expectation(step.getAsJsonObject("expect"), memory, call).check(call.run(references, parameters));
    }

    /** {@code n} calls at the same time; argument {"t":"index"} tells them apart. */
    private void concurrent(JsonObject step, int n) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(n);
        try {
            List<Callable<Void>> calls = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                int index = i;
                calls.add(() -> {
                    call(step, index);
                    return null;
                });
            }
            for (Future<Void> done : pool.invokeAll(calls)) {
                done.get();
            }
        } catch (java.util.concurrent.ExecutionException failed) {
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
                call(step, 0);
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
