/**
 * Calls and serves Apache Dubbo services.
 *
 * <p>{@link io.polydubbo.api.Reference} calls a service through a proxy of its Java interface, {@link io.polydubbo.api.Server}
 * and {@link io.polydubbo.api.Service} offer one. Values travel as Dubbo Java writes them.
 */
package io.polydubbo.api;
