package io.polydubbo.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/** A Dubbo Java provider with its default settings. */
final class Provider {
    private Provider() {}

    /** Serves until its standard input ends; prints {@code READY port=<port>}. */
    static void run(int port) throws Exception {
        ServiceConfig<BenchService> service = new ServiceConfig<>();
        service.setInterface(BenchService.class);
        service.setRef(new Service());
        ProtocolConfig protocol = new ProtocolConfig("dubbo", port);
        protocol.setHost("127.0.0.1");
        service.setProtocol(protocol);
        DubboBootstrap.getInstance()
                .application(new ApplicationConfig("bench-provider"))
                .registry(new RegistryConfig("N/A"))
                .protocol(protocol)
                .service(service)
                .start();
        System.out.println("READY port=" + port);
        while (System.in.read() >= 0) {
            // Whatever is written means nothing; the end means stop.
        }
        Runtime.getRuntime().halt(0);
    }

    private static final class Service implements BenchService {
        @Override
        public String echo(String text) {
            return text;
        }

        @Override
        public User createUser(User user) {
            return user;
        }

        @Override
        public List<User> listUser(int page) {
            List<User> users = new ArrayList<>();
            for (int index = 0; index < 15; index++) {
                users.add(User.sample(page * 15L + index));
            }
            return users;
        }

        @Override
        public Map<String, Object> echoMap(Map<String, Object> map) {
            return map;
        }

        @Override
        public String fail(String text) {
            throw new IllegalStateException(text);
        }
    }
}
