package com.acme;

import java.io.Serializable;

public class Receipt implements Serializable {
    private static final long serialVersionUID = 1;

    public long number;
    public double total;

    public Receipt() {}

    public Receipt(long number, double total) {
        this.number = number;
        this.total = total;
    }
}
