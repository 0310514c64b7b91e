package io.polydubbo.bench;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/** The object of the benchmark: thirteen fields, about 925 bytes on the wire. */
public class User implements Serializable {
    private static final long serialVersionUID = 1L;

    private long id;
    private String name;
    private int sex;
    private Date birthday;
    private String email;
    private String mobile;
    private String address;
    private String icon;
    private List<Integer> permissions;
    private int status;
    private Date createTime;
    private Date updateTime;
    private String text;

    /** The same user in every language: see `benches/load`. */
    public static User sample(long id) {
        User user = new User();
        user.id = id;
        user.name = "Ada Lovelace";
        user.sex = 1;
        user.birthday = new Date(-4852742400000L);
        user.email = "ada.lovelace@example.com";
        user.mobile = "18612345678";
        user.address = "\u5317\u4eac\u5e02\u6d77\u6dc0\u533a".repeat(6);
        user.icon = "https://static.example.com/img/u.png";
        user.permissions = new ArrayList<>();
        for (int permission = 1; permission <= 15; permission++) {
            user.permissions.add(permission);
        }
        user.status = 1;
        user.createTime = new Date(1_700_000_000_123L);
        user.updateTime = new Date(1_700_000_060_456L);
        StringBuilder text = new StringBuilder();
        for (int index = 0; index < 600; index++) {
            text.append((char) ('a' + index % 26));
        }
        user.text = text.toString();
        return user;
    }

    public long getId() {
        return id;
    }

    public void setId(long id) {
        this.id = id;
    }

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }

    public int getSex() {
        return sex;
    }

    public void setSex(int sex) {
        this.sex = sex;
    }

    public Date getBirthday() {
        return birthday;
    }

    public void setBirthday(Date birthday) {
        this.birthday = birthday;
    }

    public String getEmail() {
        return email;
    }

    public void setEmail(String email) {
        this.email = email;
    }

    public String getMobile() {
        return mobile;
    }

    public void setMobile(String mobile) {
        this.mobile = mobile;
    }

    public String getAddress() {
        return address;
    }

    public void setAddress(String address) {
        this.address = address;
    }

    public String getIcon() {
        return icon;
    }

    public void setIcon(String icon) {
        this.icon = icon;
    }

    public List<Integer> getPermissions() {
        return permissions;
    }

    public void setPermissions(List<Integer> permissions) {
        this.permissions = permissions;
    }

    public int getStatus() {
        return status;
    }

    public void setStatus(int status) {
        this.status = status;
    }

    public Date getCreateTime() {
        return createTime;
    }

    public void setCreateTime(Date createTime) {
        this.createTime = createTime;
    }

    public Date getUpdateTime() {
        return updateTime;
    }

    public void setUpdateTime(Date updateTime) {
        this.updateTime = updateTime;
    }

    public String getText() {
        return text;
    }

    public void setText(String text) {
        this.text = text;
    }
}
