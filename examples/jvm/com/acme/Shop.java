package com.acme;

/** The interface of the shop, as every language of the examples has it. */
public interface Shop {
    String greet(String name);

    Receipt order(Order order) throws SoldOutException;
}
