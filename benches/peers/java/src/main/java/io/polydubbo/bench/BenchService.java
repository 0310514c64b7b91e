package io.polydubbo.bench;

import java.util.List;
import java.util.Map;

/** What every provider of the benchmark offers. */
public interface BenchService {
    /** Returns its argument. */
    String echo(String text);

    /** Returns its argument: the same object in both directions. */
    User createUser(User user);

    /** Fifteen users. */
    List<User> listUser(int page);

    /** Returns its argument: texts and numbers. */
    Map<String, Object> echoMap(Map<String, Object> map);

    /** Always fails. What is declared, Dubbo does not log. */
    String fail(String text) throws IllegalStateException;
}
