package io.polydubbo.transport.it;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;

/**
 * Serves and calls one service, says which threads did that, and ends without closing anything. The property
 * {@code shared.protocol} names a second protocol for the port.
 */
public final class Application {
    private static final String[] KINDS =
            {"NativeServerWorker", "NettyServerWorker", "NativeClientWorker", "NettyClientWorker"};

    private Application() {}

    /** A service. */
    public interface Greeter {
        String greet(String name);
    }

    public static void main(String[] arguments) throws Exception {
        System.setProperty("dubbo.application.qos-enable", "false");
        System.setProperty("dubbo.application.qos.enable", "false");
        int port = Pair.freePort();
        ApplicationConfig application = new ApplicationConfig("transport-it");
        ServiceConfig<Greeter> service = new ServiceConfig<>();
        service.setApplication(application);
        service.setRegistry(new RegistryConfig("N/A"));
        ProtocolConfig protocol = new ProtocolConfig("dubbo", port);
        String shared = System.getProperty("shared.protocol");
        if (shared != null) {
            // A method of 3.x only; this class is compiled against 2.7, too.
            ProtocolConfig.class.getMethod("setExtProtocol", String.class).invoke(protocol, shared);
        }
        service.setProtocol(protocol);
        service.setInterface(Greeter.class);
        service.setRef(name -> "hello " + name);
        service.export();
        ReferenceConfig<Greeter> reference = new ReferenceConfig<>();
        reference.setApplication(application);
        reference.setInterface(Greeter.class);
        reference.setUrl("dubbo://127.0.0.1:" + port);
        // The service of the same program would be called without any transport.
        reference.setScope("remote");
        String answer = reference.get().greet("Ann");
        Set<String> threads = Thread.getAllStackTraces().keySet().stream().map(Thread::getName).collect(Collectors.toSet());
        String kinds = Arrays.stream(KINDS).filter(kind -> threads.stream().anyMatch(name -> name.startsWith(kind)))
                .collect(Collectors.joining(" "));
        System.out.println("RESULT " + answer + "; " + kinds);
    }
}
