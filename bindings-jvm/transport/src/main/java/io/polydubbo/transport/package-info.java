/** A transport for Apache Dubbo: the extension {@code native} of {@code org.apache.dubbo.remoting.Transporter}. */
package io.polydubbo.transport;
