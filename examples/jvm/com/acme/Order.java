package com.acme;

import java.io.Serializable;

public class Order implements Serializable {
    private static final long serialVersionUID = 1;

    public String item;
    public int quantity;

    public Order() {}

    public Order(String item, int quantity) {
        this.item = item;
        this.quantity = quantity;
    }
}
