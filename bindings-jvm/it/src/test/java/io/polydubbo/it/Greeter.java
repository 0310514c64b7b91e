package io.polydubbo.it;

import io.polydubbo.api.Callback;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What the tests call and serve. */
public interface Greeter {
    String hello(String name);

    void nothing();

    int add(int a, long b);

    String overloaded(int value);

    String overloaded(String value);

    boolean isEven(int value);

    CompletableFuture<String> later(String text, long millis);

    Person older(Person person, List<Long> years);

    Object echo(Object value);

    BigInteger square(BigInteger value);

    void fail(String how, String message) throws Unknown, IOException;

    String attachment(String key);

    long sleep(long millis) throws InterruptedException;

    CompletableFuture<String> never();

    byte[] bytes(int size);

    String tell(String event, int times, @Callback Listener listener);

    void subscribe(String key, @Callback Listener listener);

    int publish(String key, String event);

    void unsubscribe(String key, @Callback(release = true) Listener listener);

    Map<String, Object> circumstances();

    /** Called back. */
    interface Listener {
        String heard(String event);
    }

    /** A value. */
    class Person implements Serializable {
        private static final long serialVersionUID = 1;
        public String name;
        public int age;
        public Color color;
        public Person friend;

        public Person() {}

        public Person(String name, int age, Color color) {
            this.name = name;
            this.age = age;
            this.color = color;
        }
    }

    /** An enum that is reached through a field. */
    enum Color { RED, GREEN }

    /** A checked exception that methods declare. */
    class Unknown extends Exception {
        private static final long serialVersionUID = 1;
        public final String wanted;
        public final int code;

        public Unknown(String wanted, int code) {
            super("unknown: " + wanted);
            this.wanted = wanted;
            this.code = code;
        }
    }

    /** An exception that no method declares. */
    class Surprise extends RuntimeException {
        private static final long serialVersionUID = 1;

        public Surprise(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** A class that no signature shows. */
    class Stranger implements Serializable {
        private static final long serialVersionUID = 1;
        public String name = "stranger";
    }
}
