package com.acme;

public class UnknownNameException extends Exception {
    private static final long serialVersionUID = 1;

    public String wanted;

    public UnknownNameException(String wanted) {
        super("nobody is called " + wanted);
        this.wanted = wanted;
    }
}
