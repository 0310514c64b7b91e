package io.polydubbo.internal;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * Loads the native library, once for each class loader that has this class.
 *
 * <p>It is looked for in this order: the file named by {@code -Dpolydubbo.native.path}; {@code java.library.path}; the resource
 * {@code META-INF/native/<classifier>/} of the class path, which is unpacked to a folder below
 * {@code -Dpolydubbo.native.dir} or the temporary directory.
 */
public final class NativeLibrary {
    /** Property with the library file to be loaded, and no other. */
    static final String PATH = "polydubbo.native.path";
    /** Property with the folder to unpack to. */
    static final String FOLDER = "polydubbo.native.dir";

    private static final String NAME = "polydubbo_jvm";
    /** How the JVM says that another class loader has this file; one file belongs to one loader. */
    private static final String TAKEN = "already loaded in another classloader";
    private static final int MAX_COPIES = 1000;

    private NativeLibrary() {}

    /**
     * Loads the library unless that is done. Called before the first native method.
     *
     * @throws DubboException always again, if it cannot be loaded; the text says what was tried and what helps
     */
    public static void load() {
        DubboException failure = Holder.FAILURE;
        if (failure != null) {
            throw new DubboException(failure.code(), failure.getMessage(), failure);
        }
    }

    /**
     * Version of these classes.
     *
     * @return the version, which is that of the library too
     */
    public static String version() {
        Properties properties = new Properties();
        try (InputStream resource = NativeLibrary.class.getResourceAsStream("version.properties")) {
            properties.load(resource);
        } catch (IOException | RuntimeException unreadable) {
            throw new DubboException(ErrorCode.INTERNAL, "version.properties is missing beside NativeLibrary.class", unreadable);
        }
        return properties.getProperty("version");
    }

    /** Its initialiser runs once, whoever asks first. */
    private static final class Holder {
        static final DubboException FAILURE = attempt();

        private static DubboException attempt() {
            try {
                locate();
                check(QueueNative.version());
                return null;
            } catch (DubboException failure) {
                return failure;
            } catch (IOException | LinkageError failure) {
                return new DubboException(ErrorCode.CONFIG, "cannot load the native library: " + failure, failure);
            }
        }
    }

    private static void check(String library) {
        if (!library.equals(version())) {
            throw new DubboException(ErrorCode.ABI_MISMATCH, "the native library has version " + library + ", these classes have "
                    + version() + ": give the artifacts of PolyDubbo the same version, and remove old libraries from java.library.path");
        }
    }

    private static void locate() throws IOException {
        String path = System.getProperty(PATH);
        if (path != null) {
            loadFile(path);
        } else if (!loadInstalled()) {
            loadResource();
        }
    }

    private static void loadFile(String path) {
        try {
            System.load(path);
        } catch (UnsatisfiedLinkError failure) {
            throw new DubboException(ErrorCode.CONFIG, "cannot load the native library named by -D" + PATH + ": "
                    + failure.getMessage() + hint(failure), failure);
        }
    }

    /** From {@code java.library.path}; false if it is not there, or belongs to another class loader. */
    private static boolean loadInstalled() {
        try {
            System.loadLibrary(NAME);
            return true;
        } catch (UnsatisfiedLinkError absent) {
            String message = String.valueOf(absent.getMessage());
            if (message.startsWith("no " + NAME + " in") || message.contains(TAKEN)) {
                return false;
            }
            throw new DubboException(ErrorCode.CONFIG, "cannot load the native library from java.library.path: " + message
                    + hint(absent), absent);
        }
    }

    private static void loadResource() throws IOException {
        String file = System.mapLibraryName(NAME);
        List<String> tried = new ArrayList<>();
        UnsatisfiedLinkError last = null;
        for (String classifier : Platform.classifiers()) {
            String resource = "/META-INF/native/" + classifier + "/" + file;
            byte[] content = Unpacking.read(resource);
            tried.add(resource);
            if (content == null) {
                continue;
            }
            last = loadContent(content, file);
            if (last == null) {
                return;
            }
        }
        throw last == null ? absent(tried) : refused(last);
    }

    /** Null, or why it cannot be loaded. */
    private static UnsatisfiedLinkError loadContent(byte[] content, String file) throws IOException {
        Path folder = Unpacking.folder(content, version());
        for (int copy = 0; copy < MAX_COPIES; copy++) {
            Path target = Unpacking.unpack(content, copy == 0 ? folder : folder.resolve(Integer.toString(copy)), file);
            try {
                System.load(target.toAbsolutePath().toString());
                return null;
            } catch (UnsatisfiedLinkError failure) {
                if (!String.valueOf(failure.getMessage()).contains(TAKEN)) {
                    return failure;
                }
            }
        }
        return new UnsatisfiedLinkError(MAX_COPIES + " class loaders have loaded the library already");
    }

    private static DubboException absent(List<String> tried) {
        return new DubboException(ErrorCode.CONFIG, "no native library for this platform on the class path (looked for " + tried
                + "): add the artifact polydubbo-native-core with the classifier of this platform, or give the place of the library with -D"
                + PATH + "=<file>");
    }

    private static DubboException refused(UnsatisfiedLinkError failure) {
        return new DubboException(ErrorCode.CONFIG, "cannot load the unpacked native library: " + failure.getMessage() + hint(failure), failure);
    }

    /** The remedy for what the system says about folders from which nothing may run. */
    static String hint(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        if (message.contains("failed to map segment") || message.contains("Operation not permitted")
                || message.contains("Permission denied") || message.contains("Access is denied")) {
            return "; the folder may be mounted with noexec: name another one with -D" + FOLDER + "=<folder>, or the library itself with -D"
                    + PATH + "=<file>";
        }
        return "";
    }
}
