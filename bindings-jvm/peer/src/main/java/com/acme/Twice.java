package com.acme;

/** A service that is offered and never called. */
public interface Twice {
    void nothing();
}
