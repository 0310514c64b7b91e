package io.polydubbo.peer.api;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Everything about a call that is not the value it carries. */
public interface Behaviour {
    /** "Hello, " and the name. */
    String hello(String name);

    /** Does nothing. */
    void nothing();

    /** Takes a value and answers nothing. */
    void consume(Object value);

    /** Answers null. */
    String nothingFound();

    // Each overload answers its own parameter descriptor.
    String overloaded();
    String overloaded(int value);
    String overloaded(long value);
    String overloaded(Integer value);
    String overloaded(String value);
    String overloaded(List<String> value);
    String overloaded(int first, String second);
    String overloaded(String[] values);
    String overloaded(Object value);

    /** Throws {@link PeerException}. */
    void throwChecked(int code, String message) throws PeerException;

    /** Throws {@link PeerException} with code 1, caused by an IllegalArgumentException that says {@code cause}. */
    void throwWithCause(String message, String cause) throws PeerException;

    /** Throws {@link PeerRuntimeException}. */
    void throwUnchecked(String message);

    /** Throws IllegalStateException. */
    void throwStandard(String message);

    /** Throws java.io.IOException, checked but not declared here. */
    void throwUndeclared(String message);

    /** Throws an unchecked class that lives with this interface on the provider and that consumers do not have. */
    void throwHidden(String message);

    /** Throws an unchecked class of another library. */
    void throwForeign(String message);

    /** Answers {@code ms} after that many milliseconds. */
    long sleep(long ms);

    /** Answers {@code value} after {@code ms} milliseconds, without holding a thread. */
    CompletableFuture<String> later(String value, long ms);

    /** The attachment that came with this call, or null. */
    String attachment(String key);

    /** Answers {@code value} and sends the attachment {@code key = value} back with it. */
    String answerWith(String key, String value);

    /** Adds {@code amount} to a named counter of this provider; meant to be called one-way. */
    void add(String counter, int amount);

    /** The value of a named counter. */
    int count(String counter);

    /** The port of the caller's end of the connection. */
    int remotePort();

    /** The length of the array. */
    int size(byte[] bytes);

    /** {@code size} bytes; byte i is i mod 251. */
    byte[] bytes(int size);

    /** Calls the listener with {@code key + "-" + i} for i below {@code times}; answers what it said, joined by commas. */
    String tell(String key, int times, Listener listener);

    /** Remembers the listener until {@link #unsubscribe}, and tells it {@code key + "-subscribed"}. */
    void subscribe(String key, Listener listener);

    /** Tells the listener remembered for the key; false if there is none. */
    boolean publish(String key, String event);

    /** Forgets the listener. */
    void unsubscribe(String key, Listener listener);
}
