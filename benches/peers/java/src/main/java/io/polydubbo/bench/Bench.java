package io.polydubbo.bench;

import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/** Entry: {@code provider <port> <bind address>}, {@code consumer <url>} or {@code hessian <seconds>}. */
public final class Bench {
    private Bench() {}

    public static void main(String[] args) throws Exception {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        ConsoleHandler errors = new ConsoleHandler();
        errors.setLevel(Level.SEVERE);
        root.addHandler(errors);
        root.setLevel(Level.SEVERE);
        System.setProperty("dubbo.application.logger", "slf4j");
        System.setProperty("dubbo.application.qos-enable", "false");
        System.setProperty("dubbo.application.qos.enable", "false");
        switch (args[0]) {
            case "provider" -> Provider.run(Integer.parseInt(args[1]));
            case "consumer" -> Consumer.run(args[1]);
            case "hessian" -> HessianLite.run(Double.parseDouble(args[1]));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
