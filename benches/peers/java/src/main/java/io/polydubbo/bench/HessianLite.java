package io.polydubbo.bench;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Locale;

import com.alibaba.com.caucho.hessian.io.Hessian2Input;
import com.alibaba.com.caucho.hessian.io.Hessian2Output;
import com.alibaba.com.caucho.hessian.io.SerializerFactory;

/** hessian-lite alone, as Dubbo uses it: one shared factory, a new stream for each message. */
final class HessianLite {
    private static final SerializerFactory FACTORY = new SerializerFactory();

    private HessianLite() {}

    /**
     * Warms up, then prints a point whose extras are {@code encode_ns}, {@code decode_ns} and {@code bytes};
     * the best of five windows. {@code hex} are the bytes, which {@code benches/micro/src/user.hessian} keeps.
     */
    static void run(double seconds) throws IOException {
        User user = User.sample(1_234_567);
        byte[] bytes = encode(user);
        double encode = Double.MAX_VALUE;
        double decode = Double.MAX_VALUE;
        time(3 * seconds, () -> encode(user).length);
        time(3 * seconds, () -> decode(bytes).getStatus());
        for (int round = 0; round < 5; round++) {
            encode = Math.min(encode, time(seconds / 5, () -> encode(user).length));
            decode = Math.min(decode, time(seconds / 5, () -> decode(bytes).getStatus()));
        }
        System.out.println(String.format(
                Locale.ROOT,
                "{\"extra\":{\"encode_ns\":%f,\"decode_ns\":%f,\"bytes\":%d},\"hex\":\"%s\"}",
                encode, decode, bytes.length, HexFormat.of().formatHex(bytes)));
    }

    private static byte[] encode(User user) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        Hessian2Output out = new Hessian2Output(bytes);
        out.setSerializerFactory(FACTORY);
        out.writeObject(user);
        out.flush();
        return bytes.toByteArray();
    }

    private static User decode(byte[] bytes) throws IOException {
        Hessian2Input in = new Hessian2Input(new ByteArrayInputStream(bytes));
        in.setSerializerFactory(FACTORY);
        return (User) in.readObject(User.class);
    }

    private static double time(double seconds, Step step) throws IOException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        long start = System.nanoTime();
        long steps = 0;
        long sum = 0;
        while (System.nanoTime() < end) {
            for (int index = 0; index < 100; index++) {
                sum += step.run();
            }
            steps += 100;
        }
        double elapsed = System.nanoTime() - start;
        if (sum == 0) {
            throw new IllegalStateException("nothing was done");
        }
        return elapsed / steps;
    }

    private interface Step {
        int run() throws IOException;
    }
}
