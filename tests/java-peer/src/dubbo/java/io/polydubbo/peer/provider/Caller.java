package io.polydubbo.peer.provider;

import org.apache.dubbo.rpc.RpcContext;

/** What a service learns of its caller, and sends back beside the result. */
final class Caller {
    private Caller() {}

    static String attachment(String key) {
        return RpcContext.getContext().getAttachment(key);
    }

    static void answerWith(String key, String value) {
        RpcContext.getServerContext().setAttachment(key, value);
    }

    static int port() {
        return RpcContext.getContext().getRemotePort();
    }
}
