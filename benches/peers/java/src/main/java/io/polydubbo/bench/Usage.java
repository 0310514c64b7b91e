package io.polydubbo.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;

/** CPU time of the living threads of a process. */
final class Usage {
    private Usage() {}

    /** Nanoseconds that the threads of {@code pid} have run; 0 when it is gone. */
    static long nanos(long pid) {
        File[] tasks = new File("/proc/" + pid + "/task").listFiles();
        if (tasks == null) {
            return 0;
        }
        long sum = 0;
        for (File task : tasks) {
            try {
                String text = Files.readString(new File(task, "schedstat").toPath());
                sum += Long.parseLong(text.substring(0, text.indexOf(' ')));
            } catch (IOException gone) {
                // The thread ended between the two steps.
            }
        }
        return sum;
    }
}
