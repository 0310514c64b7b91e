package io.polydubbo.transport.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.dubbo.common.Version;
import org.apache.dubbo.config.ProtocolConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A whole Dubbo application in a JVM of its own, which knows nothing of the transport but its configuration. */
@Timeout(120)
class ConfigurationTest {
    private static final String SERVER = "-Dpolydubbo.transport.server=native";
    private static final String CLIENT = "-Dpolydubbo.transport.client=native";

    @Test
    void propertiesSwitchBothSides() throws Exception {
        assertEquals("hello Ann; NativeServerWorker NativeClientWorker", run("", SERVER, CLIENT));
    }

    @Test
    void eachSideIsSwitchedAlone() throws Exception {
        assertEquals("hello Ann; NativeServerWorker NettyClientWorker", run("", SERVER));
        assertEquals("hello Ann; NettyServerWorker NativeClientWorker", run("", CLIENT));
    }

    @Test
    void aReferenceOrAllOfThemCanBeSwitchedByDubbosOwnSettings() throws Exception {
        assertEquals("hello Ann; NettyServerWorker NativeClientWorker", run("", "-Ddubbo.consumer.client=native"));
    }

    @Test
    void withoutConfigurationNothingChanges() throws Exception {
        assertEquals("hello Ann; NettyServerWorker NettyClientWorker", run(""));
    }

    @Test
    void theDropInNeedsNoConfiguration() throws Exception {
        String jar = System.getProperty("dropin.jar");
        assertTrue(new File(jar).exists(), jar);
        assertEquals("hello Ann; NativeServerWorker NativeClientWorker", run(jar + File.pathSeparator));
    }

    /** Several protocols on one port are an affair of Netty; what Dubbo 3 serves for itself beside them is not. */
    @Test
    void aPortSharedByProtocolsStaysWithNetty() throws Exception {
        if (Version.getVersion().startsWith("2.")) {
            assertThrows(NoSuchMethodException.class, () -> ProtocolConfig.class.getMethod("setExtProtocol", String.class));
            return;
        }
        assertEquals("hello Ann; NativeServerWorker NettyServerWorker NativeClientWorker", run("", SERVER, CLIENT, "-Dshared.protocol=tri"));
    }

    /** Runs {@link Application}, which must end by itself when its main method does; gives its line of output. */
    private static String run(String further, String... options) throws Exception {
        List<String> command = new ArrayList<>(Arrays.asList(System.getProperty("java.home") + "/bin/java", "-Xmx256m",
                "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true", "-Ddubbo.service.shutdown.wait=100",
                "--add-opens", "java.base/java.lang=ALL-UNNAMED", "--add-opens", "java.base/java.math=ALL-UNNAMED",
                "--add-opens", "java.base/java.util=ALL-UNNAMED"));
        command.addAll(Arrays.asList(options));
        command.addAll(Arrays.asList("-cp", further + System.getProperty("java.class.path"), Application.class.getName()));
        File errors = File.createTempFile("transport", ".log");
        errors.deleteOnExit();
        Process process = new ProcessBuilder(command).redirectError(errors).start();
        List<String> lines;
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines = out.lines().filter(line -> line.startsWith("RESULT ")).collect(Collectors.toList());
        } finally {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the JVM did not exit");
            }
        }
        assertEquals(0, process.exitValue());
        assertEquals(1, lines.size(), lines.toString());
        return lines.get(0).substring("RESULT ".length());
    }
}
