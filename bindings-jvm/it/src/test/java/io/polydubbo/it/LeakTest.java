package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.polydubbo.it.programs.ManyCalls;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class LeakTest {
    /** {@code -Dpolydubbo.leak.calls=1000000 -Dpolydubbo.limit.seconds=1800} is the long proof. */
    private static final int CALLS = Integer.getInteger("polydubbo.leak.calls", 20_000);
    private static final long LIMIT_KIB = 8 * 1024;

    @Test
    void memoryStandsStillWhileCallsComeAndGo() throws Exception {
        // A heap of fixed size that is there from the beginning: what is gained lies outside of it.
        Jvm ended = Jvm.run(Arrays.asList("-Xms128m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"), Jvm.classPath(),
                ManyCalls.class.getName(), Integer.toString(CALLS));
        assertEquals(0, ended.exit, ended.output);
        Matcher report = Pattern.compile("calls=(\\d+) gained_kib=(-?\\d+) kept=(\\d+)").matcher(ended.output);
        assertTrue(report.find(), ended.output);
        System.out.println(report.group());
        assertEquals(CALLS, Integer.parseInt(report.group(1)));
        assertEquals(0, Integer.parseInt(report.group(3)), ended.output);
        assertTrue(Long.parseLong(report.group(2)) < LIMIT_KIB, ended.output);
    }
}
