package io.polydubbo.peer.provider;

import java.io.Serializable;

/** Beans of unusual shape. */
final class Beans {
    private Beans() {}

    /** A class whose instances carry the one that they belong to. */
    public static class Outer implements Serializable {
        private final String name;

        public Outer() {
            this("outer");
        }

        Outer(String name) {
            this.name = name;
        }

        Inner inner(int number) {
            return new Inner(number);
        }

        /** Not static. */
        public class Inner implements Serializable {
            private final int number;

            Inner(int number) {
                this.number = number;
            }

            String text() {
                return name + " " + number;
            }
        }
    }

    /** Has a field of the same name as its subclass. */
    public static class Base implements Serializable {
        private String name = "of the base";

        String baseName() {
            return name;
        }
    }

    /** Both names travel; Java gives the subclass the last one. */
    public static class Sub extends Base {
        private String name = "of the subclass";
        private transient String secret = "not sent";

        String text() {
            return name + ", " + secret;
        }
    }
}
