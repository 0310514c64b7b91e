package io.polydubbo;

/** A fault of the native library itself, stopped at the border: the call that caused it failed, the program goes on. */
public final class NativePanicException extends DubboException {
    private static final long serialVersionUID = 1;

    /**
     * A fault with its text.
     *
     * @param message what the library said
     */
    public NativePanicException(String message) {
        super(ErrorCode.PANIC, message + "; this is a fault of the native library of PolyDubbo, please report it");
    }
}
