package io.polydubbo.peer.api;

/** A checked exception that methods declare. */
public class PeerException extends Exception {
    private static final long serialVersionUID = 1;

    public int code;

    public PeerException() {}

    public PeerException(int code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }
}
