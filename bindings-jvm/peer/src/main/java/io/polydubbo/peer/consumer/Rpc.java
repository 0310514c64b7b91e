package io.polydubbo.peer.consumer;

import io.polydubbo.DubboException;
import io.polydubbo.ErrorCode;
import io.polydubbo.api.CallOptions;
import io.polydubbo.api.GenericService;
import io.polydubbo.api.Reference;

import java.util.HashMap;
import java.util.Map;

/** One call as the Java API makes it. */
final class Rpc {
    private final Map<String, Object> answered = new HashMap<>();
    private final CallOptions options;

    /** A step that needs a target. */
    interface Step {
        Object run(Object target) throws Exception;
    }

    Rpc(Map<String, String> attachments, boolean isOneWay) {
        CallOptions options = CallOptions.none().onAnswer(answered::putAll);
        for (Map.Entry<String, String> attachment : attachments.entrySet()) {
            options = options.attachment(attachment.getKey(), attachment.getValue());
        }
        this.options = isOneWay ? options.oneWay() : options;
    }

    /** Makes the call. */
    Object run(Object target, Step call) throws Exception {
        return call.run(((Reference<?>) target).with(options));
    }

    /** The attachments of the answer. */
    Map<String, Object> answered() {
        return answered;
    }

    static Object generic(Object target, String method, String[] types, Object[] args) {
        return ((GenericService) target).$invoke(method, types, args);
    }

    /** The code of Dubbo's RpcException, -1 for an exception of the service. */
    static int code(Throwable thrown) {
        boolean isFailure = thrown instanceof DubboException && ((DubboException) thrown).code() != ErrorCode.REMOTE_EXCEPTION;
        return isFailure ? ((DubboException) thrown).code().rpcCode() : -1;
    }
}
