package io.polydubbo.peer;

/** Dubbo itself. */
public final class Framework {
    private Framework() {}

    /** What an application of this kind would put in its dubbo.properties. */
    static void prepare() {
        System.setProperty("dubbo.application.logger", "slf4j");
        System.setProperty("dubbo.application.qos-enable", "false");
        System.setProperty("dubbo.application.qos.enable", "false");
        // 3.x: interfaces in the registry as in 2.7, unless --set says otherwise.
        System.setProperty("dubbo.application.register-mode", "interface");
        System.setProperty("dubbo.application.service-discovery.migration", "FORCE_INTERFACE");
        System.setProperty("dubbo.service.shutdown.wait", "5000");
    }

    /** The errors of Dubbo are its own. */
    static void faults(Options options) {
        throw new IllegalArgumentException("Dubbo itself has no role faults");
    }
}
