package io.polydubbo.api.internal;

import io.polydubbo.internal.Unpacker;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Hands what the native side logs to the loggers of Java, {@code polydubbo.registry} and so on. */
final class Logs {
    private static final String PROPERTY = "polydubbo.log";
    private static final String DEFAULT = "warn";
    private static final List<String> NAMES = Arrays.asList("off", "error", "warn", "info", "debug", "trace");
    private static final Level[] LEVELS = {Level.OFF, Level.SEVERE, Level.WARNING, Level.INFO, Level.FINE, Level.FINER};

    private Logs() {}

    /** The most detailed level that crosses the border, as its number there. */
    static int level() {
        String name = System.getProperty(PROPERTY, DEFAULT).toLowerCase(Locale.ROOT);
        int level = NAMES.indexOf(name);
        if (level < 0) {
            Logger.getLogger("polydubbo").warning("\"" + name + "\" is not a value of -D" + PROPERTY + ": write one of " + NAMES);
            return NAMES.indexOf(DEFAULT);
        }
        return level;
    }

    static void write(int level, long lost, Unpacker record) {
        Logger logger = Logger.getLogger(record.getText().replace("::", "."));
        if (lost > 0) {
            logger.log(Level.WARNING, "{0} records were lost because they came too quickly", lost);
        }
        String message = record.getText();
        logger.log(LEVELS[Math.min(Math.max(level, 1), LEVELS.length - 1)], message);
    }
}
