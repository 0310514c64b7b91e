package io.polydubbo.peer.provider;

import io.polydubbo.api.RpcContext;

/** What a service learns of its caller, and sends back beside the result. */
final class Caller {
    private Caller() {}

    static String attachment(String key) {
        return (String) RpcContext.current().request().attachments().get(key);
    }

    static void answerWith(String key, String value) {
        RpcContext.current().reply().put(key, value);
    }

    static int port() {
        String address = RpcContext.current().request().remoteAddress();
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }
}
