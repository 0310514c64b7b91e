package io.polydubbo.peer.provider;

/** Lives in the provider's archive with the interfaces, but not in the consumer's. */
public class HiddenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public HiddenException(String message) {
        super(message);
    }
}
