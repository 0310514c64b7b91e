package io.polydubbo.peer.api;

import java.io.Serializable;

/**
 * Every primitive type and its box as a field, but no {@code float}: hessian-lite 4.0.4 (Dubbo 3.3) stores eight bytes
 * into such a field and spoils the next one.
 */
public class Scalars implements Serializable {
    private static final long serialVersionUID = 1;

    public boolean z;
    public byte b;
    public short s;
    public int i;
    public long j;
    public double d;
    public char c;
    public Boolean zBox;
    public Byte bBox;
    public Short sBox;
    public Integer iBox;
    public Long jBox;
    public Float fBox;
    public Double dBox;
    public Character cBox;
}
