package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DocumentationTool;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavadocTest {
    @Test
    void everythingPublicIsDocumented(@TempDir Path folder) throws Exception {
        List<File> sources = new ArrayList<>();
        for (String module : Arrays.asList("native-core", "api")) {
            try (Stream<Path> files = Files.walk(TestSupport.root().resolve("bindings-jvm").resolve(module).resolve("src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(file -> sources.add(file.toFile()));
            }
        }
        DocumentationTool javadoc = ToolProvider.getSystemDocumentationTool();
        StandardJavaFileManager files = javadoc.getStandardFileManager(null, null, null);
        StringWriter said = new StringWriter();
        List<String> options = Arrays.asList("-Xdoclint:all", "-Werror", "-quiet", "-d", folder.toString(), "-classpath", Jvm.classPath());
        boolean succeeded = javadoc.getTask(said, files, null, null, options, files.getJavaFileObjectsFromFiles(sources)).call();
        String complaints = Stream.of(said.toString().split("\n")).filter(line -> line.contains("warning") || line.contains("error"))
                .collect(Collectors.joining("\n"));
        assertEquals("", complaints);
        assertEquals(true, succeeded, said.toString());
    }
}
