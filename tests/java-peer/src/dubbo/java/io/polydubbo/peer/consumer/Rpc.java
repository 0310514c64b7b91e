package io.polydubbo.peer.consumer;

import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.RpcException;
import org.apache.dubbo.rpc.service.GenericService;

import java.util.HashMap;
import java.util.Map;

/** One call as Dubbo makes it. */
final class Rpc {
    private final Map<String, String> attachments;
    private final boolean isOneWay;

    /** A step that needs a target. */
    interface Step {
        Object run(Object target) throws Exception;
    }

    Rpc(Map<String, String> attachments, boolean isOneWay) {
        this.attachments = attachments;
        this.isOneWay = isOneWay;
    }

    /** Makes the call. */
    Object run(Object target, Step call) throws Exception {
        RpcContext.getContext().clearAttachments();
        RpcContext.removeServerContext();
        attachments.forEach(RpcContext.getContext()::setAttachment);
        return isOneWay ? oneWay(target, call) : call.run(target);
    }

    /** Runs the call with the switch that makes Dubbo send it one-way. */
    private static Object oneWay(Object target, Step call) {
        RpcContext.getContext().asyncCall(() -> {
            try {
                call.run(target);
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
        });
        return null;
    }

    /** The attachments of the answer. */
    Map<String, Object> answered() {
        return new HashMap<>(RpcContext.getServerContext().getAttachments());
    }

    static Object generic(Object target, String method, String[] types, Object[] args) {
        return ((GenericService) target).$invoke(method, types, args);
    }

    /** The code of Dubbo's RpcException, -1 for another exception. */
    static int code(Throwable thrown) {
        return thrown instanceof RpcException ? ((RpcException) thrown).getCode() : -1;
    }
}
