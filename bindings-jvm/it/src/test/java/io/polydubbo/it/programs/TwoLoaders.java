package io.polydubbo.it.programs;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;

/** Loads the library by three class loaders of one JVM, as two web applications and their container would. */
public final class TwoLoaders {
    private TwoLoaders() {}

    /** Calls in each, the first once more at the end. */
    public static void main(String[] args) throws Exception {
        String[] entries = args[0].split(File.pathSeparator);
        URL[] urls = new URL[entries.length];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = new File(entries[i]).toURI().toURL();
        }
        Runnable[] programs = {new CallItself(), inLoader(urls), inLoader(urls)};
        for (Runnable program : programs) {
            program.run();
        }
        programs[0].run();
    }

    private static Runnable inLoader(URL[] urls) throws Exception {
        // No parent but the JDK: each has classes of its own.
        ClassLoader loader = new URLClassLoader(urls, ClassLoader.getSystemClassLoader().getParent());
        return (Runnable) loader.loadClass(CallItself.class.getName()).getConstructor().newInstance();
    }
}
