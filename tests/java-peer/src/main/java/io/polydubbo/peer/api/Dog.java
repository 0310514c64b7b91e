package io.polydubbo.peer.api;

/** The lower half of a bean of two classes. */
public class Dog extends Animal {
    private static final long serialVersionUID = 1;

    public boolean good;
    public Dog[] pups;
}
