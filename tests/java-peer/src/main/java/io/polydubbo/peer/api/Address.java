package io.polydubbo.peer.api;

import java.io.Serializable;

/** A small nested bean. */
public class Address implements Serializable {
    private static final long serialVersionUID = 1;

    public String street;
    public int number;
}
