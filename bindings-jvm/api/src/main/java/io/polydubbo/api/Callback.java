package io.polydubbo.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A parameter that takes an object of the caller, which the service calls back over the same connection. Its type is an interface.
 *
 * <p>Interfaces that must not depend on this library name such parameters with {@code callback(method, index)} of the builders.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface Callback {
    /**
     * Whether the method lets the object go instead of taking it, as {@code unsubscribe} does.
     *
     * @return true if so
     */
    boolean release() default false;
}
