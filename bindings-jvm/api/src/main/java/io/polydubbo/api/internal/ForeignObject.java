package io.polydubbo.api.internal;

import com.alibaba.com.caucho.hessian.io.AbstractDeserializer;
import com.alibaba.com.caucho.hessian.io.AbstractHessianInput;
import io.polydubbo.api.RemoteException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads an object of a class that this side must not make: an exception as {@link RemoteException}, others as maps and lists. */
final class ForeignObject extends AbstractDeserializer {
    private final String name;

    ForeignObject(String name) {
        this.name = name;
    }

    @Override
    public Class<?> getType() {
        return Object.class;
    }

    @Override
    public Object readObject(AbstractHessianInput input, String[] fields) throws IOException {
        int slot = input.addRef(null);
        Map<String, Object> values = new LinkedHashMap<>();
        for (String field : fields) {
            values.put(field, input.readObject());
        }
        Object made = values.containsKey("detailMessage") && values.containsKey("stackTrace") ? exception(values) : values;
        input.setRef(slot, made);
        return made;
    }

    private RemoteException exception(Map<String, Object> values) {
        Object message = values.remove("detailMessage");
        Object cause = values.remove("cause");
        Object stack = values.remove("stackTrace");
        values.remove("suppressedExceptions");
        RemoteException made = new RemoteException(name, message == null ? null : message.toString(), values);
        if (cause instanceof Throwable) {
            made.initCause((Throwable) cause);
        }
        StackFrames.set(made, stack);
        return made;
    }

    @Override
    public Object readMap(AbstractHessianInput input) throws IOException {
        Map<Object, Object> map = new LinkedHashMap<>();
        input.addRef(map);
        while (!input.isEnd()) {
            map.put(input.readObject(), input.readObject());
        }
        input.readEnd();
        return map;
    }

    @Override
    public Object readList(AbstractHessianInput input, int length) throws IOException {
        List<Object> list = new ArrayList<>();
        input.addRef(list);
        while (!input.isEnd()) {
            list.add(input.readObject());
        }
        input.readEnd();
        return list;
    }

    @Override
    public Object readLengthList(AbstractHessianInput input, int length) throws IOException {
        Object[] items = new Object[length];
        List<Object> list = Arrays.asList(items);
        input.addRef(list);
        for (int i = 0; i < length; i++) {
            items[i] = input.readObject();
        }
        return list;
    }
}
