package io.polydubbo.api;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** What single calls do otherwise than their reference says. Immutable: every method gives a new object. */
public final class CallOptions {
    private static final CallOptions NONE = new CallOptions(-1, -1, false, Collections.emptyMap(), null);

    private final long timeoutMillis;
    private final int retries;
    private final boolean oneWay;
    private final Map<String, Object> attachments;
    private final Consumer<Map<String, Object>> onAnswer;

    private CallOptions(long timeoutMillis, int retries, boolean oneWay, Map<String, Object> attachments,
            Consumer<Map<String, Object>> onAnswer) {
        this.timeoutMillis = timeoutMillis;
        this.retries = retries;
        this.oneWay = oneWay;
        this.attachments = attachments;
        this.onAnswer = onAnswer;
    }

    /**
     * Nothing special.
     *
     * @return options to start from
     */
    public static CallOptions none() {
        return NONE;
    }

    /**
     * Another timeout.
     *
     * @param timeout time allowed for each attempt
     * @return options with it
     */
    public CallOptions timeout(Duration timeout) {
        return new CallOptions(timeout.toMillis(), retries, oneWay, attachments, onAnswer);
    }

    /**
     * Another number of attempts.
     *
     * @param count further attempts after the first
     * @return options with it
     */
    public CallOptions retries(int count) {
        return new CallOptions(timeoutMillis, count, oneWay, attachments, onAnswer);
    }

    /**
     * Calls that are sent without waiting for an answer; methods return null, zero or false.
     *
     * @return options with it
     */
    public CallOptions oneWay() {
        return new CallOptions(timeoutMillis, retries, true, attachments, onAnswer);
    }

    /**
     * A further attachment.
     *
     * @param key its key
     * @param value its value, mostly a text
     * @return options with it
     */
    public CallOptions attachment(String key, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(attachments);
        more.put(key, value);
        return new CallOptions(timeoutMillis, retries, oneWay, Collections.unmodifiableMap(more), onAnswer);
    }

    /**
     * Who gets the attachments of answers, before the call returns or its future completes.
     *
     * @param receiver takes the attachments of each answer
     * @return options with it
     */
    public CallOptions onAnswer(Consumer<Map<String, Object>> receiver) {
        return new CallOptions(timeoutMillis, retries, oneWay, attachments, receiver);
    }

    /**
     * The timeout.
     *
     * @return milliseconds, negative for that of the reference
     */
    public long timeoutMillis() {
        return timeoutMillis;
    }

    /**
     * The number of further attempts.
     *
     * @return the number, negative for that of the reference
     */
    public int retries() {
        return retries;
    }

    /**
     * Whether no answer is wanted.
     *
     * @return true for one-way calls
     */
    public boolean isOneWay() {
        return oneWay;
    }

    /**
     * What is attached.
     *
     * @return values by key
     */
    public Map<String, Object> attachments() {
        return attachments;
    }

    /**
     * Who gets the attachments of answers.
     *
     * @return the receiver, or null
     */
    public Consumer<Map<String, Object>> onAnswer() {
        return onAnswer;
    }
}
