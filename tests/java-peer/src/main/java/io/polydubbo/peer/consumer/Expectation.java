package io.polydubbo.peer.consumer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.polydubbo.peer.consumer.Case.Mismatch;

import java.util.Map;

/** The {@code expect} of one call. */
final class Expectation {
    private final JsonObject expect;
    private final Map<String, Object> memory;
    private final Call call;

    Expectation(JsonObject expect, Map<String, Object> memory, Call call) {
        this.expect = expect;
        this.memory = memory;
        this.call = call;
    }

    void check(Outcome outcome) throws Exception {
        if (expect.has("max_ms") && outcome.ms > expect.get("max_ms").getAsLong()) {
            throw new Mismatch("took " + outcome.ms + " ms");
        }
        if (expect.has("min_ms") && outcome.ms < expect.get("min_ms").getAsLong()) {
            throw new Mismatch("took only " + outcome.ms + " ms");
        }
        if (expect.has("exception")) {
            exception(outcome, expect.getAsJsonObject("exception"));
        } else if (expect.has("error")) {
            error(outcome, expect.getAsJsonArray("error"));
        } else if (expect.has("fails")) {
            require(outcome.thrown != null, outcome, "any failure");
        } else {
            require(outcome.thrown == null, outcome, "no failure");
            value(outcome);
        }
        if (expect.has("attachments")) {
            attachments(outcome);
        }
    }

    private void value(Outcome outcome) throws Exception {
        if (expect.has("value")) {
            compare(outcome, Tagged.toJava(expect.get("value"), call.resultType()));
        } else if (expect.has("same")) {
            compare(outcome, call.args[0]);
        } else if (expect.has("remember")) {
            memory.put(expect.get("remember").getAsString(), outcome.value);
        } else if (expect.has("equals")) {
            compare(outcome, memory.get(expect.get("equals").getAsString()));
        } else if (expect.has("differs")) {
            Object other = memory.get(expect.get("differs").getAsString());
            require(!DeepEquals.same(outcome.value, other), outcome, "anything else");
        }
    }

    private void compare(Outcome outcome, Object want) throws Mismatch {
        require(DeepEquals.same(want, outcome.value), outcome, Text.of(want));
    }

    /** Class, message and integer field are those expected; the cause likewise. */
    private void exception(Outcome outcome, JsonObject want) throws Mismatch {
        for (Throwable thrown = outcome.thrown; want != null; thrown = thrown.getCause()) {
            require(thrown != null && thrown.getClass().getName().equals(want.get("class").getAsString())
                    && message(thrown, want) && code(thrown, want), outcome, want.toString());
            want = want.getAsJsonObject("cause");
        }
    }

    private static boolean message(Throwable thrown, JsonObject want) {
        String message = thrown.getMessage();
        if (want.has("message")) {
            JsonElement text = want.get("message");
            return text.isJsonNull() ? message == null : text.getAsString().equals(message);
        }
        return !want.has("contains") || String.valueOf(message).contains(want.get("contains").getAsString());
    }

    private static boolean code(Throwable thrown, JsonObject want) {
        return !want.has("code")
                || thrown instanceof io.polydubbo.peer.api.PeerException
                        && ((io.polydubbo.peer.api.PeerException) thrown).code == want.get("code").getAsInt();
    }

    private void error(Outcome outcome, JsonArray names) throws Mismatch {
        for (JsonElement name : names) {
            if (name.getAsString().equals(outcome.error())) {
                return;
            }
        }
        throw new Mismatch("got " + outcome.describe() + ", want an error " + names);
    }

    private void attachments(Outcome outcome) throws Mismatch {
        for (Map.Entry<String, JsonElement> want : expect.getAsJsonObject("attachments").entrySet()) {
            Object got = outcome.attachments.get(want.getKey());
            if (!want.getValue().getAsString().equals(got)) {
                throw new Mismatch("attachment " + want.getKey() + " is " + got);
            }
        }
    }

    private static void require(boolean holds, Outcome outcome, String want) throws Mismatch {
        if (!holds) {
            throw new Mismatch("got " + outcome.describe() + ", want " + want);
        }
    }
}
