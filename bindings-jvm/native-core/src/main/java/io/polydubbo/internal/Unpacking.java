package io.polydubbo.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Set;

/**
 * Unpacks the library into a folder named by its content, so that every start of a program uses the same file and none is left over
 * to be deleted, which some systems refuse while it is loaded.
 *
 * <p>The temporary directory is shared with other users, so an existing folder is used only if it belongs to this user and nobody
 * else may write to it, and an existing file only if it has exactly the right content.
 */
final class Unpacking {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    private Unpacking() {}

    /** Content of a resource, null if there is none. */
    static byte[] read(String resource) throws IOException {
        try (InputStream input = Unpacking.class.getResourceAsStream(resource)) {
            if (input == null) {
                return null;
            }
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            byte[] buffer = new byte[64 * 1024];
            for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
                content.write(buffer, 0, count);
            }
            return content.toByteArray();
        }
    }

    /** The folder for a library with this content, which exists and is safe. */
    static Path folder(byte[] content, String version) throws IOException {
        String configured = System.getProperty(NativeLibrary.FOLDER);
        Path parent = Paths.get(configured != null ? configured : System.getProperty("java.io.tmpdir"));
        Files.createDirectories(parent);
        Path folder = parent.resolve("polydubbo-" + version + "-" + digest(content));
        try {
            return Files.createDirectory(folder, attributes(parent));
        } catch (FileAlreadyExistsException exists) {
            return isOurs(folder, parent) ? folder : Files.createTempDirectory(parent, "polydubbo-");
        }
    }

    /** The file with this content in a folder; written under another name first, so that nobody sees half of it. */
    static Path unpack(byte[] content, Path folder, String file) throws IOException {
        Files.createDirectories(folder);
        Path target = folder.resolve(file);
        if (Files.exists(target) && Arrays.equals(Files.readAllBytes(target), content)) {
            return target;
        }
        Path written = Files.createTempFile(folder, file, ".part");
        Files.write(written, content);
        return Files.move(written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static boolean isOurs(Path folder, Path parent) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        if (!isPosix(folder)) {
            return true;
        }
        boolean isPrivate = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS).equals(PRIVATE);
        return isPrivate && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(whoWrites(parent));
    }

    /** The user of this process, as the file system names it. */
    private static UserPrincipal whoWrites(Path parent) throws IOException {
        Path probe = Files.createTempFile(parent, "polydubbo-", ".probe");
        try {
            return Files.getOwner(probe);
        } finally {
            Files.delete(probe);
        }
    }

    private static FileAttribute<?>[] attributes(Path parent) {
        return isPosix(parent) ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PRIVATE)} : new FileAttribute<?>[0];
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static String digest(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 8; i++) {
                text.append(String.format("%02x", digest[i]));
            }
            return text.toString();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }
}
