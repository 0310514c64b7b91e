package io.polydubbo.peer.api;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A bean with a field of most kinds; {@code friend} may close a cycle. */
public class User implements Serializable {
    private static final long serialVersionUID = 1;

    public long id;
    public String name;
    public Boolean active;
    public double score;
    public Color color;
    public Address address;
    public List<Address> addresses;
    public Map<String, Address> places;
    public Set<String> tags;
    public byte[] photo;
    public int[] numbers;
    public Date born;
    public BigDecimal balance;
    public Object anything;
    public User friend;
    /** Never travels. */
    public transient String secret = "kept at home";
}
