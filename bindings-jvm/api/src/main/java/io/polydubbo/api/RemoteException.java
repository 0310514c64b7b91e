package io.polydubbo.api;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An exception thrown by the remote method whose class this program does not have, or has not allowed. Stack trace and cause are
 * those of the remote side.
 *
 * <p>A service may throw one to send an exception of a class that it does not have.
 */
public final class RemoteException extends DubboException {
    private static final long serialVersionUID = 1;

    /** Java class of the exception. */
    private final String remoteClass;
    /** Its message, or null. */
    private final String remoteMessage;
    private final transient Map<String, Object> fields;

    /**
     * An exception of a class that this program does not have.
     *
     * @param remoteClass its Java class
     * @param remoteMessage its message, or null
     */
    public RemoteException(String remoteClass, String remoteMessage) {
        this(remoteClass, remoteMessage, Collections.emptyMap());
    }

    /**
     * An exception of a class that this program does not have, with fields of that class.
     *
     * @param remoteClass its Java class
     * @param remoteMessage its message, or null
     * @param fields further fields by name
     */
    public RemoteException(String remoteClass, String remoteMessage, Map<String, Object> fields) {
        super(ErrorCode.REMOTE_EXCEPTION, remoteMessage == null ? remoteClass : remoteClass + ": " + remoteMessage);
        this.remoteClass = remoteClass;
        this.remoteMessage = remoteMessage;
        this.fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /**
     * The Java class of the exception.
     *
     * @return for example {@code com.acme.NotFoundException}
     */
    public String remoteClass() {
        return remoteClass;
    }

    /**
     * What {@code getMessage()} of the exception says.
     *
     * @return the message, or null
     */
    public String remoteMessage() {
        return remoteMessage;
    }

    /**
     * The further fields of the exception.
     *
     * @return values by name; objects of classes that this program has not allowed are maps
     */
    public Map<String, Object> fields() {
        return fields == null ? Collections.emptyMap() : fields;
    }
}
