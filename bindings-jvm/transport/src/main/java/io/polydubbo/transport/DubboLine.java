package io.polydubbo.transport;

import org.apache.dubbo.common.URL;
import org.apache.dubbo.common.utils.ExecutorUtil;
import org.apache.dubbo.remoting.Constants;
import org.apache.dubbo.remoting.utils.UrlUtils;

/** What differs between Dubbo 2.7 and Dubbo 3 below the interfaces that both have. */
final class DubboLine {
    private static final String THREAD_NAME = "DubboServerHandler";
    private static final String CLOSE_TIMEOUT = "close.timeout";
    /** Property of the whole program with the default of it. */
    private static final String DEFAULT_CLOSE_TIMEOUT = "dubbo.protocol.default-close-timeout";
    private static final boolean IS_3 = exists("org.apache.dubbo.rpc.model.ScopeModel");

    private DubboLine() {}

    /** The URL for the constructor of a server: 3 names the worker threads itself. */
    static URL serverUrl(URL url) {
        return IS_3 ? url : ExecutorUtil.setThreadName(url, THREAD_NAME);
    }

    /** Longest body of a request that a server takes. 3 reads every request and checks it, if at all, when it is decoded. */
    static int requestLimit(URL url) {
        return IS_3 ? 0 : responseLimit(url);
    }

    /** Longest body of a response that a client takes. */
    static int responseLimit(URL url) {
        return url.getParameter(Constants.PAYLOAD_KEY, Constants.DEFAULT_PAYLOAD);
    }

    /** Milliseconds without any byte after which a server closes a connection. */
    static int serverIdleMillis(URL url) {
        int idle = UrlUtils.getIdleTimeout(url);
        int close = IS_3 ? url.getParameter(CLOSE_TIMEOUT, Integer.getInteger(DEFAULT_CLOSE_TIMEOUT, idle)) : idle;
        if (close < 2 * UrlUtils.getHeartbeat(url)) {
            throw new IllegalStateException("closeTimeout < heartbeatInterval * 2");
        }
        return close;
    }

    /** Whether the handlers are told of every message that was sent: 3 tells of requests only. */
    static boolean tellsOfResponses() {
        return !IS_3;
    }

    private static boolean exists(String name) {
        try {
            Class.forName(name, false, DubboLine.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException absent) {
            return false;
        }
    }
}
