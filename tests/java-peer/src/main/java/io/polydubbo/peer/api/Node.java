package io.polydubbo.peer.api;

import java.io.Serializable;

/** A list of beans that may bite its own tail. */
public class Node implements Serializable {
    private static final long serialVersionUID = 1;

    public int value;
    public Node next;
}
