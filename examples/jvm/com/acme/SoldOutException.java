package com.acme;

public class SoldOutException extends Exception {
    private static final long serialVersionUID = 1;

    public SoldOutException(String message) {
        super(message);
    }
}
