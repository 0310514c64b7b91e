package io.polydubbo.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.polydubbo.it.programs.CallItself;
import io.polydubbo.it.programs.FatJar;
import io.polydubbo.it.programs.OpenAtEnd;
import io.polydubbo.it.programs.TwoLoaders;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTest {
    @TempDir
    Path folder;

    @Test
    void theJvmEndsWhenMainReturns() throws Exception {
        Jvm ended = Jvm.run(OpenAtEnd.class);
        assertEquals(0, ended.exit, ended.output);
        assertTrue(ended.output.contains("now"), ended.output);
    }

    @Test
    void theJvmEndsWhileCallsAreMade() throws Exception {
        Jvm ended = Jvm.run(Collections.emptyList(), Jvm.classPath(), OpenAtEnd.class.getName(), "7");
        assertEquals(7, ended.exit, ended.output);
        assertTrue(ended.output.contains("in the hook: now"), ended.output);
    }

    @Test
    void severalClassLoadersHaveALibraryEach() throws Exception {
        Jvm ended = Jvm.run(Arrays.asList("-Dpolydubbo.native.dir=" + folder), Jvm.classPath(), TwoLoaders.class.getName(), Jvm.classPath());
        assertEquals(0, ended.exit, ended.output);
        assertEquals(4, count(ended.output, "found a found b"), ended.output);
        assertEquals(3, libraries(folder).size(), libraries(folder).toString());
    }

    @Test
    void theLibraryLoadsFromAJarInsideAJar() throws Exception {
        Path fat = folder.resolve("fat.jar");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(fat))) {
            for (Class<?> type : Arrays.asList(FatJar.class, Class.forName(FatJar.class.getName() + "$Nested"))) {
                add(zip, type.getName().replace('.', '/') + ".class", classFile(type));
            }
            for (String entry : Jvm.classPath().split(File.pathSeparator)) {
                Path path = new File(entry).toPath();
                if (Files.isRegularFile(path)) {
                    add(zip, "lib/" + path.getFileName(), Files.readAllBytes(path));
                } else if (path.endsWith("test-classes")) {
                    add(zip, "lib/tests.jar", jarOf(path));
                }
            }
        }
        Jvm ended = Jvm.run(Collections.emptyList(), fat.toString(), FatJar.class.getName());
        assertEquals(0, ended.exit, ended.output);
        assertTrue(ended.output.contains("found a found b Nested"), ended.output);
    }

    @Test
    void startsShareOneUnpackedFile() throws Exception {
        for (int start = 0; start < 2; start++) {
            Jvm ended = Jvm.run(CallItself.class, "-Dpolydubbo.native.dir=" + folder);
            assertEquals(0, ended.exit, ended.output);
        }
        assertEquals(1, libraries(folder).size());
    }

    @Test
    void aFolderThatOthersMayWriteToIsNotTrusted() throws Exception {
        Jvm.run(CallItself.class, "-Dpolydubbo.native.dir=" + folder);
        Path first = libraries(folder).get(0);
        Files.setPosixFilePermissions(first.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.write(first, new byte[] {1, 2, 3});
        Jvm ended = Jvm.run(CallItself.class, "-Dpolydubbo.native.dir=" + folder);
        assertEquals(0, ended.exit, ended.output);
        assertEquals(2, libraries(folder).size());
    }

    @Test
    void aDamagedFileIsReplaced() throws Exception {
        Jvm.run(CallItself.class, "-Dpolydubbo.native.dir=" + folder);
        Files.write(libraries(folder).get(0), new byte[] {1, 2, 3});
        Jvm ended = Jvm.run(CallItself.class, "-Dpolydubbo.native.dir=" + folder);
        assertEquals(0, ended.exit, ended.output);
        assertEquals(1, libraries(folder).size());
    }

    @Test
    void aLibraryThatCannotBeLoadedIsExplained() throws Exception {
        Path broken = Files.write(folder.resolve("broken.so"), new byte[] {1, 2, 3});
        Jvm ended = Jvm.run(CallItself.class, "-Dpolydubbo.native.path=" + broken);
        assertNotEquals(0, ended.exit);
        assertTrue(ended.output.contains("[Config] cannot load the native library named by -Dpolydubbo.native.path"), ended.output);

        String withoutLibrary = Stream.of(Jvm.classPath().split(File.pathSeparator)).filter(entry -> !entry.contains("linux"))
                .collect(Collectors.joining(File.pathSeparator));
        Jvm absent = Jvm.run(Collections.emptyList(), withoutLibrary, CallItself.class.getName());
        assertTrue(absent.output.contains("no native library for this platform") && absent.output.contains("polydubbo-native-core"), absent.output);
    }

    @Test
    void aFolderFromWhichNothingMayRunIsNamed() throws Exception {
        Method hint = Class.forName("io.polydubbo.internal.NativeLibrary").getDeclaredMethod("hint", Throwable.class);
        hint.setAccessible(true);
        String text = "libpolydubbo_jvm.so: failed to map segment from shared object: Operation not permitted";
        assertTrue(hint.invoke(null, new UnsatisfiedLinkError(text)).toString().contains("-Dpolydubbo.native.dir"));
        assertEquals("", hint.invoke(null, new UnsatisfiedLinkError("invalid ELF header")));
    }

    @Test
    void anUnknownPlatformIsNamed() throws Exception {
        Jvm ended = Jvm.run(CallItself.class, "-Dos.arch=sparc");
        assertNotEquals(0, ended.exit);
        assertTrue(ended.output.contains("[Unsupported] there is no native library for the architecture sparc"), ended.output);
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }

    private static List<Path> libraries(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(path -> path.getFileName().toString().equals(System.mapLibraryName("polydubbo_jvm"))).collect(Collectors.toList());
        }
    }

    private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
    }

    private static byte[] classFile(Class<?> type) throws Exception {
        String name = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
        return Files.readAllBytes(new File(type.getResource(name).toURI()).toPath());
    }

    private byte[] jarOf(Path classes) throws IOException {
        Path jar = folder.resolve("tests.jar");
        try (OutputStream file = Files.newOutputStream(jar); ZipOutputStream zip = new ZipOutputStream(file); Stream<Path> all = Files.walk(classes)) {
            for (Path path : all.filter(Files::isRegularFile).collect(Collectors.toList())) {
                add(zip, classes.relativize(path).toString(), Files.readAllBytes(path));
            }
        }
        return Files.readAllBytes(jar);
    }
}
