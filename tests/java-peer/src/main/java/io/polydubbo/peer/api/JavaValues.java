package io.polydubbo.peer.api;

import java.util.List;

/** Values of JDK classes that only Java makes, and what Java makes of what it is sent. Served by Java providers. */
public interface JavaValues {
    /** The names that {@link #make} knows. */
    List<String> names();

    /**
     * The value of this name, followed by one list twice and by a text. Whoever counts the references in the value
     * other than Java does loses the second occurrence of the list.
     */
    List<Object> make(String name);

    /** Class and content of an argument, as text. */
    String describe(Object value);

    /** The same of the value of this name, after Java's Hessian library wrote it and read it again. */
    String describeOwn(String name);
}
