package io.polydubbo.peer;

import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

import java.io.File;
import java.io.IOException;

/** What a provider and a consumer configure alike. */
public final class DubboConfig {
    private DubboConfig() {}

    /** A bootstrap with the application and its registry. */
    public static DubboBootstrap bootstrap(Options options) throws IOException {
        ApplicationConfig application = new ApplicationConfig(options.get("name", "java-peer"));
        application.setQosEnable(false);
        return DubboBootstrap.getInstance().application(application).registry(registry(options));
    }

    private static RegistryConfig registry(Options options) throws IOException {
        RegistryConfig registry = new RegistryConfig(options.get("registry", "N/A"));
        registry.setTimeout(options.number("registry-timeout", 10000));
        boolean centers = Boolean.parseBoolean(options.get("centers", "false"));
        registry.setUseAsMetadataCenter(centers);
        registry.setUseAsConfigCenter(centers);
        // Each process has its own cache of the registry, or they would fight for the one in the home directory.
        File cache = File.createTempFile("polydubbo-peer-", ".cache");
        cache.deleteOnExit();
        registry.setFile(cache.getPath());
        return registry;
    }
}
