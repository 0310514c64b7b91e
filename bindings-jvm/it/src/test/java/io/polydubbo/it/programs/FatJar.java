package io.polydubbo.it.programs;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The launcher of a jar that holds jars, as frameworks build them: the classes are found by a loader that the system's loader does
 * not know.
 */
public final class FatJar {
    private FatJar() {}

    /** Runs {@link CallItself} out of the jars below {@code lib/}. */
    public static void main(String[] args) throws Exception {
        Nested loader = new Nested(FatJar.class.getProtectionDomain().getCodeSource().getLocation().openStream());
        Runnable program = (Runnable) loader.loadClass("io.polydubbo.it.programs.CallItself").getConstructor().newInstance();
        program.run();
    }

    /** Classes and resources of jars inside a jar. */
    static final class Nested extends ClassLoader {
        private final Map<String, byte[]> entries = new HashMap<>();

        Nested(InputStream outer) throws IOException {
            super(ClassLoader.getSystemClassLoader().getParent());
            try (ZipInputStream jars = new ZipInputStream(outer)) {
                for (ZipEntry jar = jars.getNextEntry(); jar != null; jar = jars.getNextEntry()) {
                    if (jar.getName().startsWith("lib/") && !jar.isDirectory()) {
                        add(new ZipInputStream(new ByteArrayInputStream(content(jars))));
                    }
                }
            }
        }

        private void add(ZipInputStream jar) throws IOException {
            for (ZipEntry entry = jar.getNextEntry(); entry != null; entry = jar.getNextEntry()) {
                entries.put(entry.getName(), content(jar));
            }
        }

        private static byte[] content(InputStream input) throws IOException {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
                content.write(buffer, 0, count);
            }
            return content.toByteArray();
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            byte[] content = entries.get(name.replace('.', '/') + ".class");
            if (content == null) {
                throw new ClassNotFoundException(name);
            }
            return defineClass(name, content, 0, content.length);
        }

        @Override
        public InputStream getResourceAsStream(String name) {
            byte[] content = entries.get(name);
            return content == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(content);
        }
    }
}
