package io.polydubbo.bench;

import io.polydubbo.api.Reference;
import java.time.Duration;

/** Our own Java library as a consumer, measured as the one of Dubbo is. */
public final class OwnConsumer {
    private OwnConsumer() {}

    /** Measures until standard input ends. */
    public static void main(String[] args) throws Exception {
        Measurement.run(Reference.builder(BenchService.class)
                .url(args[0])
                .timeout(Duration.ofSeconds(10))
                .build()
                .get());
    }
}
