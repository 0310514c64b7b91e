package io.polydubbo.peer.api;

import java.io.Serializable;

/** The upper half of a bean of two classes. */
public class Animal implements Serializable {
    private static final long serialVersionUID = 1;

    public String name;
    public int age;
    public Object owner;
}
