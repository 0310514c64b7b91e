package io.polydubbo.bench;

import java.util.List;

/** What every provider of the benchmark offers. */
public interface BenchService {
    /** Returns its argument. */
    String echo(String text);

    /** Returns its argument: the same object in both directions. */
    User createUser(User user);

    /** Fifteen users. */
    List<User> listUser(int page);

    /** Always fails. */
    String fail(String text);
}
