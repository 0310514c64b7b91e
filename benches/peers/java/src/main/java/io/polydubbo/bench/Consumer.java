package io.polydubbo.bench;

import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/** A Dubbo Java consumer with its default settings, kept warm between measurements. */
final class Consumer {
    private Consumer() {}

    /** Measures until standard input ends. */
    static void run(String url) throws Exception {
        ReferenceConfig<BenchService> reference = new ReferenceConfig<>();
        reference.setInterface(BenchService.class);
        reference.setUrl(url);
        reference.setProtocol("dubbo");
        reference.setTimeout(10_000);
        reference.setRetries(0);
        DubboBootstrap.getInstance()
                .application(new ApplicationConfig("bench-consumer"))
                .registry(new RegistryConfig("N/A"))
                .reference(reference)
                .start();
        Measurement.run(reference.get());
    }
}
