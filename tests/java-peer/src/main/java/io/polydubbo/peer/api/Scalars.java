package io.polydubbo.peer.api;

import java.io.Serializable;

/** Every primitive type and its box as a field. */
public class Scalars implements Serializable {
    private static final long serialVersionUID = 1;

    public boolean z;
    public byte b;
    public short s;
    public int i;
    public long j;
    public float f;
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
