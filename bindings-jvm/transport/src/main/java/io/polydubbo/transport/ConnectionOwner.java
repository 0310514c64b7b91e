package io.polydubbo.transport;

/** A server or client, as the loops of its connections see it. */
interface ConnectionOwner {
    /**
     * Makes the channel of a connection that the loop was the first to know.
     *
     * @param connection number of the connection
     * @param addresses both ends
     * @return the channel
     */
    NativeChannel open(long connection, Addresses addresses);

    /**
     * Nothing has happened for the time that this endpoint asked for.
     *
     * @param channel where
     */
    void idle(NativeChannel channel);

    /**
     * A channel has ended; its handlers are told next.
     *
     * @param channel which
     * @param cause why, or null if one of both sides has closed it
     */
    void ended(NativeChannel channel, String cause);
}
