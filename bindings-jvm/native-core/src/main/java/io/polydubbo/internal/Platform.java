package io.polydubbo.internal;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Names of platforms as the classifiers of the artifacts have them, for example {@code linux-x86_64}. */
final class Platform {
    private Platform() {}

    /** Classifiers whose library may run here, the likeliest first. */
    static List<String> classifiers() {
        String os = os(System.getProperty("os.name", ""));
        String base = os + "-" + architecture(System.getProperty("os.arch", ""));
        if (!os.equals("linux") || !hasMusl()) {
            return Collections.singletonList(base);
        }
        // Both kinds of C library may be installed; the usual one first.
        return Arrays.asList(base, base + "-musl");
    }

    static String os(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("linux")) {
            return "linux";
        }
        if (lower.startsWith("mac") || lower.startsWith("darwin")) {
            return "osx";
        }
        if (lower.startsWith("windows")) {
            return "windows";
        }
        throw unknown("operating system", name);
    }

    static String architecture(String name) {
        switch (name.toLowerCase(Locale.ROOT)) {
            case "x86_64":
            case "amd64":
            case "x64":
                return "x86_64";
            case "aarch64":
            case "arm64":
                return "aarch_64";
            default:
                throw unknown("architecture", name);
        }
    }

    private static DubboException unknown(String what, String name) {
        String remedy = "; build the library for it and give its place with -D" + NativeLibrary.PATH + "=<file>";
        return new DubboException(ErrorCode.UNSUPPORTED, "there is no native library for the " + what + " " + name + remedy);
    }

    private static boolean hasMusl() {
        return hasMuslLoader("/lib") || hasMuslLoader("/usr/lib") || isMuslMapped();
    }

    private static boolean hasMuslLoader(String folder) {
        String[] found = new File(folder).list((parent, name) -> name.startsWith("ld-musl-"));
        return found != null && found.length > 0;
    }

    private static boolean isMuslMapped() {
        try {
            byte[] maps = Files.readAllBytes(Paths.get("/proc/self/maps"));
            return new String(maps, StandardCharsets.ISO_8859_1).contains("ld-musl");
        } catch (IOException unreadable) {
            return false;
        }
    }
}
