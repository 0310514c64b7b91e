package io.polydubbo.peer.api;

/** An unchecked exception that no method declares. */
public class PeerRuntimeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PeerRuntimeException() {}

    public PeerRuntimeException(String message) {
        super(message);
    }
}
