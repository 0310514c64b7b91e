package io.polydubbo.peer.consumer;

import com.google.gson.JsonObject;
import io.polydubbo.peer.Peer;

/** One line of the report. */
final class Result {
    private Result() {}

    static void print(String scenario, String name, String failure, long ms) {
        JsonObject line = new JsonObject();
        line.addProperty("scenario", scenario);
        line.addProperty("case", name);
        line.addProperty("ok", failure == null);
        line.addProperty("detail", failure == null ? "" : failure);
        line.addProperty("ms", ms);
        Peer.say(line.toString());
    }

    static void done(int passed, int failed) {
        JsonObject line = new JsonObject();
        line.addProperty("done", true);
        line.addProperty("passed", passed);
        line.addProperty("failed", failed);
        Peer.say(line.toString());
    }
}
