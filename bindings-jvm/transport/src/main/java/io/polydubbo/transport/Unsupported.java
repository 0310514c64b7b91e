package io.polydubbo.transport;

import org.apache.dubbo.common.URL;

/** Settings that this transport does not have. They fail loudly, because ignoring them would be worse. */
final class Unsupported {
    private static final String SSL_ENABLED = "ssl-enabled";

    private Unsupported() {}

    static void check(URL url) {
        if (url.getParameter(SSL_ENABLED, false)) {
            throw new UnsupportedOperationException("the native transport has no TLS yet: leave this side to Netty, without "
                    + NativeSwitch.SERVER + " and " + NativeSwitch.CLIENT + ", where " + SSL_ENABLED + " is true");
        }
    }
}
