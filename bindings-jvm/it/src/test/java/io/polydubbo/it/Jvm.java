package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another JVM that runs one program to its end. */
final class Jvm {
    private static final long LIMIT_SECONDS = Long.getLong("polydubbo.limit.seconds", 120);

    final int exit;
    final String output;

    private Jvm(int exit, String output) {
        this.exit = exit;
        this.output = output;
    }

    /** Runs the {@code main} of a class with options of the JVM; fails if it does not end by itself. */
    static Jvm run(Class<?> program, String... options) throws IOException, InterruptedException {
        return run(Arrays.asList(options), classPath(), program.getName());
    }

    /** Runs the {@code main} of a class from a class path of its own. */
    static Jvm run(List<String> options, String classPath, String... program) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command(options, classPath, program)).redirectErrorStream(true).start();
        process.getOutputStream().close();
        StringBuilder output = new StringBuilder();
        Thread reader = new Thread(() -> read(process, output));
        reader.start();
        boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly();
        }
        reader.join();
        assertTrue(ended, "the JVM did not end:\n" + output);
        assertTrue(!output.toString().contains("WARNING in native method"), output.toString());
        return new Jvm(process.exitValue(), output.toString());
    }

    /** The command that runs the {@code main} of a class. */
    static List<String> command(List<String> options, String classPath, String... program) {
        List<String> command = new ArrayList<>();
        command.add(Paths.get(System.getProperty("java.home"), "bin", "java").toString());
        Collections.addAll(command, "-Xmx128m", "-XX:TieredStopAtLevel=1", "-Xcheck:jni");
        command.addAll(options);
        Collections.addAll(command, "-cp", classPath);
        Collections.addAll(command, program);
        return command;
    }

    /** What a running JVM prints first. */
    static String firstLine(Process process) throws IOException {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
    }

    /** The class path of this test, jar by jar. */
    static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private static void read(Process process, StringBuilder output) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines.lines().forEach(line -> output.append(line).append('\n'));
        } catch (IOException ended) {
            output.append(ended).append('\n');
        }
    }
}
