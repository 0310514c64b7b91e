package io.polydubbo.peer;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.api.CallOptions;
import io.polydubbo.api.Reference;
import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import io.polydubbo.api.Settings;
import io.polydubbo.peer.consumer.Arguments;

import java.lang.invoke.MethodType;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Role {@code faults}: provokes what {@code tests/vectors/errors.json} lists and says which error came. */
public final class Faults {
    private static final String LANGUAGE = "jvm";

    private final Options options;

    public Faults(Options options) {
        this.options = options;
    }

    /** Prints one line for each fault. */
    public void run() throws Exception {
        String text = new String(Files.readAllBytes(Paths.get(options.require("faults"))), StandardCharsets.UTF_8);
        for (Map.Entry<String, String> place : options.pairs("place").entrySet()) {
            text = text.replace("${" + place.getKey() + "}", place.getValue());
        }
        for (JsonElement element : JsonParser.parseString(text).getAsJsonObject().getAsJsonArray("faults")) {
            JsonObject fault = element.getAsJsonObject();
            if (!fault.has("not_in") || !fault.getAsJsonObject("not_in").has(LANGUAGE)) {
                say(fault.get("name").getAsString(), errorOf(fault));
            }
        }
        Peer.say("{\"done\":true}");
    }

    private static void say(String fault, Throwable error) {
        JsonObject line = new JsonObject();
        line.addProperty("fault", fault);
        boolean isOurs = error instanceof DubboException;
        ErrorCode code = isOurs ? ((DubboException) error).code() : ErrorCode.REMOTE_EXCEPTION;
        line.addProperty("number", error == null ? 0 : code.number());
        line.addProperty("code", error == null ? "" : code.toString());
        // An exception of Java is thrown as it is; its text is what it prints.
        line.addProperty("text", error == null ? "" : isOurs ? error.getMessage() : error.toString());
        Peer.say(line.toString());
    }

    private static Throwable errorOf(JsonObject fault) {
        try {
            if (fault.has("server")) {
                serve(fault);
            } else {
                call(fault);
            }
            return null;
        } catch (Throwable error) {
            return error instanceof CompletionException ? error.getCause() : error;
        }
    }

    private static void call(JsonObject fault) throws Throwable {
        JsonObject settings = fault.getAsJsonObject("reference");
        Reference.Builder<?> builder = Reference.generic(settings.get("interface").getAsString());
        set(builder, settings);
        try (Reference<?> reference = builder.build()) {
            if (is(fault, "before", "close")) {
                reference.close();
            }
            if (fault.has("call")) {
                call(reference, fault);
            }
            reference.close(Duration.ZERO);
        }
    }

    private static void call(Reference<?> reference, JsonObject fault) throws Throwable {
        JsonObject call = fault.getAsJsonObject("call");
        Class<?>[] types = MethodType.fromMethodDescriptorString("(" + call.get("descriptor").getAsString() + ")V",
                Faults.class.getClassLoader()).parameterArray();
        String[] names = new String[types.length];
        for (int i = 0; i < names.length; i++) {
            names[i] = types[i].getCanonicalName();
        }
        Object[] values = Arguments.of(call.getAsJsonArray("args"), types);
        CallOptions once = call.has("timeout") ? CallOptions.none().timeout(Duration.ofMillis(call.get("timeout").getAsLong()))
                : CallOptions.none();
        String method = call.get("method").getAsString();
        if (is(fault, "after", "cancel")) {
            // A thread that is interrupted gives its call up; this one is at once.
            Thread.currentThread().interrupt();
            try {
                reference.invoke(once, method, names, values);
            } finally {
                Thread.interrupted();
            }
            return;
        }
        List<CompletableFuture<Object>> all = new ArrayList<>();
        for (int i = fault.has("concurrent") ? fault.get("concurrent").getAsInt() : 1; i > 0; i--) {
            all.add(reference.invokeAsync(once, method, names, values));
        }
        CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0])).join();
    }

    private static void serve(JsonObject fault) throws Exception {
        Server.Builder server = Server.builder();
        set(server, fault.getAsJsonObject("server"));
        if (fault.has("exports")) {
            for (JsonElement name : fault.getAsJsonArray("exports")) {
                Class<?> type = Class.forName(name.getAsString());
                Service.Builder service = service(type);
                if (fault.has("service")) {
                    set(service, fault.getAsJsonObject("service"));
                }
                server.service(service.build());
            }
        }
        server.start().close();
    }

    private static <T> Service.Builder service(Class<T> type) {
        Object nothing = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> null);
        return Service.builder(type, type.cast(nothing));
    }

    private static void set(Settings<?> builder, JsonObject settings) {
        settings.entrySet().stream().filter(entry -> !entry.getKey().equals("interface"))
                .forEach(entry -> builder.set(entry.getKey(), entry.getValue().getAsString()));
    }

    private static boolean is(JsonObject fault, String key, String value) {
        return fault.has(key) && fault.get(key).getAsString().equals(value);
    }
}
