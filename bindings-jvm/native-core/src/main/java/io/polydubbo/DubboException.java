package io.polydubbo;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A call failed on its way, or this library was used in a way that cannot work. {@link #code()} says which.
 *
 * <p>What the remote method itself threw is thrown as it is, or as the subclass for exceptions whose class this program does not
 * have.
 */
public class DubboException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The kind of the error. */
    private final ErrorCode code;
    /** Details about the place, in order. */
    private final Map<String, String> context;

    /**
     * An error without details about its place.
     *
     * @param code the kind
     * @param message the cause, and what can be done about it
     */
    public DubboException(ErrorCode code, String message) {
        this(code, message, Collections.emptyMap(), null);
    }

    /**
     * An error with a cause.
     *
     * @param code the kind
     * @param message the cause, and what can be done about it
     * @param cause what led to it, or null
     */
    public DubboException(ErrorCode code, String message, Throwable cause) {
        this(code, message, Collections.emptyMap(), cause);
    }

    /**
     * An error with all that is known about it.
     *
     * @param code the kind
     * @param message the cause, its place, and what can be done about it
     * @param context the details about the place alone, in order
     * @param cause what led to it, or null
     */
    public DubboException(ErrorCode code, String message, Map<String, String> context, Throwable cause) {
        super(message);
        this.code = code;
        this.context = Collections.unmodifiableMap(new LinkedHashMap<>(context));
        // A cause that is null now may still be set later.
        if (cause != null) {
            initCause(cause);
        }
    }

    /**
     * The kind of the error.
     *
     * @return the kind; its number and name are the same in every language
     */
    public ErrorCode code() {
        return code;
    }

    /**
     * Details about the place, for example {@code service} and {@code registry}.
     *
     * @return the details in the order in which they were found
     */
    public Map<String, String> context() {
        return context;
    }

    /**
     * Whether no answer came in time.
     *
     * @return true for every kind of timeout
     */
    public boolean isTimeout() {
        return code.rpcCode() == 2 || code == ErrorCode.TIMEOUT_TERMINATE;
    }

    /**
     * Whether the request could not be delivered, or the connection broke while it was pending.
     *
     * @return true for failures of the network
     */
    public boolean isNetwork() {
        return code == ErrorCode.NETWORK || code == ErrorCode.STATUS_CHANNEL_INACTIVE;
    }

    /**
     * Class, kind and message.
     *
     * @return one line for a log
     */
    @Override
    public String toString() {
        return getClass().getName() + ": [" + code + "] " + getLocalizedMessage();
    }
}
