package io.polydubbo.transport;

import org.apache.dubbo.common.URL;

/** Settings that this transport does not have. They fail loudly, because ignoring them would be worse. */
final class Unsupported {
    private static final String SSL_ENABLED = "ssl-enabled";

    private Unsupported() {}

    static void check(URL url) {
        if (url.getParameter(SSL_ENABLED, false)) {
            throw new UnsupportedOperationException("the transport \"native\" has no TLS yet: set transporter=\"netty\" (client=\"netty\""
                    + " for a consumer) where " + SSL_ENABLED + " is true");
        }
    }
}
