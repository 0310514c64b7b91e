package io.polydubbo.peer;

import io.polydubbo.peer.consumer.Consumer;
import io.polydubbo.peer.consumer.Count;
import io.polydubbo.peer.consumer.Load;
import io.polydubbo.peer.provider.Provider;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.Locale;
import java.util.TimeZone;
import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * An ordinary application, as provider or consumer, driven by its command line.
 *
 * <p>The classes here know no RPC framework. {@code Framework}, {@code Provider}, {@code Caller}, {@code References} and {@code Rpc}
 * do; there is a set of them for Dubbo in {@code src/dubbo} and one for PolyDubbo's Java API in {@code bindings-jvm/peer}.
 *
 * <p>The command line and the lines on standard output are those of every peer program of the matrix, see
 * {@code tests/matrix/README.md}. Everything else that is printed goes to standard error.
 */
public final class Peer {
    /** The standard output of the protocol; {@link System#out} itself is redirected to standard error. */
    public static final PrintStream OUT = System.out;

    private Peer() {}

    public static void main(String[] args) throws Exception {
        System.setOut(System.err);
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        Locale.setDefault(Locale.ROOT);
        Options options = new Options(args);
        log(Level.parse(options.get("log", "WARNING")));
        Framework.prepare();
        options.pairs("set").forEach(System::setProperty);
        String role = options.require("role");
        if (role.equals("provider")) {
            new Provider(options).run();
        } else if (role.equals("faults")) {
            Framework.faults(options);
        } else if (options.get("calls", null) != null) {
            System.exit(new Count(options).run() ? 0 : 1);
        } else if (options.get("load", null) != null) {
            new Load(options).run();
        } else {
            System.exit(new Consumer(options).run() ? 0 : 1);
        }
    }

    /** Prints one line of the protocol. */
    public static synchronized void say(String line) {
        OUT.println(line);
        OUT.flush();
    }

    /** Waits until whoever started this program closes our standard input, or dies. */
    public static void awaitEndOfInput() throws Exception {
        InputStream in = System.in;
        while (in.read() >= 0) {
            // What is written does not matter.
        }
    }

    private static void log(Level level) {
        Logger root = Logger.getLogger("");
        for (java.util.logging.Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        ConsoleHandler handler = new ConsoleHandler();
        handler.setLevel(level);
        root.addHandler(handler);
        root.setLevel(level);
    }
}
