package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.AbstractHessianOutput;
import com.alibaba.com.caucho.hessian.io.AbstractSerializer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Writes {@code List.of}, {@code Set.of} and {@code Map.of} as the usual collections with the same elements. */
final class ImmutableCollections extends AbstractSerializer {
    @Override
    public void writeObject(Object object, AbstractHessianOutput output) throws IOException {
        output.writeObject(copy(object));
    }

    private static Object copy(Object object) {
        if (object instanceof Map) {
            return new HashMap<>((Map<?, ?>) object);
        }
        return object instanceof Set ? new HashSet<>((Set<?>) object) : new ArrayList<>((Collection<?>) object);
    }
}
