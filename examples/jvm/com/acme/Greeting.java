package com.acme;

import java.io.Serializable;
import java.util.Date;

public class Greeting implements Serializable {
    private static final long serialVersionUID = 1;

    public String text;
    public Date at;

    public Greeting() {}

    public Greeting(String text) {
        this.text = text;
        this.at = new Date();
    }
}
