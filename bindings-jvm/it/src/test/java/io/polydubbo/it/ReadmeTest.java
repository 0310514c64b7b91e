package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.acme.Consumer;
import com.acme.Greeter;
import com.acme.GreeterService;
import com.acme.Provider;
import com.acme.Untyped;
import io.polydubbo.api.Server;
import io.polydubbo.api.Service;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The README is true: its code stands in the examples, and these run. */
class ReadmeTest {
    @Test
    void everyBlockOfCodeStandsInAnExample() throws IOException {
        List<String> sources = new ArrayList<>();
        try (Stream<Path> files = Files.walk(TestSupport.root().resolve("examples/jvm"))) {
            for (Path file : files.filter(Files::isRegularFile).collect(Collectors.toList())) {
                sources.add(text(file));
            }
        }
        List<String> blocks = all("```java\n(.*?)```");
        assertTrue(blocks.size() >= 6);
        List<String> ofTheProject = all("README.md", "```java\n(.*?)```");
        assertEquals(1, ofTheProject.size());
        blocks.addAll(ofTheProject);
        for (String block : blocks) {
            assertTrue(sources.stream().anyMatch(source -> source.contains(block)), block);
        }
    }

    @Test
    void theHeadingsAreThoseOfEveryBinding() throws IOException {
        assertEquals(Arrays.asList("Install", "Call", "Serve", "Types", "Errors", "Configuration"), all("(?m)^## ([^\n]*)$"));
    }

    @Test
    void theVersionIsTheOneOfTheArtifacts() throws IOException {
        String version = all("<version>(.*?)</version>").get(0);
        assertTrue(text(TestSupport.root().resolve("bindings-jvm/pom.xml")).contains("<version>" + version + "</version>"));
        assertTrue(text(TestSupport.root().resolve("Cargo.toml")).contains("version = \"" + version + "\""));
    }

    @Test
    void theExamplesRun() throws Exception {
        Service greeter = Service.builder(Greeter.class, new GreeterService()).version("1.0.0").build();
        try (Server server = Server.builder().host("127.0.0.1").port(0).shutdownNotice(Duration.ZERO).service(greeter).start()) {
            Jvm consumer = run(Consumer.class, server.url());
            assertEquals(0, consumer.exit, consumer.output);
            assertEquals(Arrays.asList("Hello world", "Hello world, later", "null", "Hello Ann, your numbers add up to 6", "unknown: Nobody"),
                    Arrays.asList(consumer.output.trim().split("\n")));
            Jvm untyped = run(Untyped.class, server.url());
            assertEquals("Hello world, Hello Bob, your numbers add up to 7", untyped.output.trim());
        }
    }

    @Test
    void theProviderOfTheExampleServesAndStops() throws Exception {
        Process provider = new ProcessBuilder(Jvm.command(Collections.emptyList(), Jvm.classPath(), Provider.class.getName(), "0"))
                .redirectErrorStream(true).start();
        try {
            String line = Jvm.firstLine(provider);
            assertTrue(line.startsWith("serving on port "), line);
            Jvm consumer = run(Consumer.class, "dubbo://127.0.0.1:" + line.substring("serving on port ".length()));
            assertTrue(consumer.output.contains("unknown: Nobody"), consumer.output);
        } finally {
            provider.destroy();
        }
        // The signal runs the hook, which closes the server gracefully; 143 is what Java says of SIGTERM.
        assertEquals(143, provider.waitFor());
    }

    private static Jvm run(Class<?> program, String argument) throws Exception {
        return Jvm.run(Collections.emptyList(), Jvm.classPath(), program.getName(), argument);
    }

    private static List<String> all(String pattern) throws IOException {
        return all("bindings-jvm/README.md", pattern);
    }

    private static List<String> all(String readme, String pattern) throws IOException {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text(TestSupport.root().resolve(readme)));
        List<String> found = new ArrayList<>();
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
