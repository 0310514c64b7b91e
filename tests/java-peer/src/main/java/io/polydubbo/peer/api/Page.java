package io.polydubbo.peer.api;

import java.io.Serializable;
import java.util.List;

/** A generic bean. */
public class Page<T> implements Serializable {
    private static final long serialVersionUID = 1;

    public int total;
    public T first;
    public List<T> items;
}
