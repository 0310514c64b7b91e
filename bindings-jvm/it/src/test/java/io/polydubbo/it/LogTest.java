package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class LogTest {
    @Test
    void whatTheLibraryLogsReachesTheLoggersOfJava() {
        List<LogRecord> records = new CopyOnWriteArrayList<>();
        Logger logger = Logger.getLogger("polydubbo");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                records.add(record);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        logger.setLevel(Level.WARNING);
        logger.setUseParentHandlers(false);
        try (Pair pair = new Pair()) {
            // A call that the provider cannot decode is worth a warning there.
            TestSupport.eventually("a warning arrives", () -> {
                try {
                    pair.reference.invoke("noSuchMethod", new String[0]);
                } catch (Throwable expected) {
                    // It is refused.
                }
                return !records.isEmpty();
            });
        } finally {
            logger.removeHandler(handler);
        }
        LogRecord first = records.get(0);
        assertTrue(first.getLoggerName().startsWith("polydubbo."), first.getLoggerName());
        assertTrue(first.getLevel() == Level.WARNING || first.getLevel() == Level.SEVERE, first.getLevel().toString());
    }
}
