package io.polydubbo.api;

import java.util.concurrent.CompletableFuture;

/**
 * Calls of a service whose interface this program does not have: {@link Reference#generic(String)}. Objects of its classes are maps of
 * their fields, in both directions.
 */
public interface GenericService {
    /**
     * Calls a method and waits for its result.
     *
     * @param method name of the method
     * @param parameterTypes Java names of its parameter types
     * @param arguments one for each parameter
     * @return the result
     */
    Object $invoke(String method, String[] parameterTypes, Object[] arguments);

    /**
     * Calls a method.
     *
     * @param method name of the method
     * @param parameterTypes Java names of its parameter types
     * @param arguments one for each parameter
     * @return completed with the result
     */
    CompletableFuture<Object> $invokeAsync(String method, String[] parameterTypes, Object[] arguments);
}
