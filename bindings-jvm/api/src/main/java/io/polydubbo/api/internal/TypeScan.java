package io.polydubbo.api.internal;

import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** The classes that values of an interface consist of: its signatures, their fields, the fields of those. */
final class TypeScan {
    private final Set<String> names = new HashSet<>();
    private final Set<Type> seen = new HashSet<>();

    /** Names of all classes that {@code types} reach. */
    static Set<String> of(Iterable<? extends Class<?>> types) {
        TypeScan scan = new TypeScan();
        for (Class<?> type : types) {
            if (type.isInterface()) {
                Arrays.stream(type.getMethods()).forEach(scan::method);
            }
            scan.visit(type);
        }
        return scan.names;
    }

    private void method(Method method) {
        visitAll(method.getGenericParameterTypes());
        visit(method.getGenericReturnType());
        visitAll(method.getGenericExceptionTypes());
    }

    private void visitAll(Type... types) {
        Arrays.stream(types).forEach(this::visit);
    }

    private void visit(Type type) {
        if (!seen.add(type)) {
            return;
        }
        if (type instanceof Class) {
            visitClass((Class<?>) type);
        } else if (type instanceof ParameterizedType) {
            visit(((ParameterizedType) type).getRawType());
            visitAll(((ParameterizedType) type).getActualTypeArguments());
        } else if (type instanceof GenericArrayType) {
            visit(((GenericArrayType) type).getGenericComponentType());
        } else if (type instanceof WildcardType) {
            visitAll(((WildcardType) type).getUpperBounds());
            visitAll(((WildcardType) type).getLowerBounds());
        } else if (type instanceof TypeVariable) {
            visitAll(((TypeVariable<?>) type).getBounds());
        }
    }

    private void visitClass(Class<?> type) {
        if (type.isArray()) {
            visit(type.getComponentType());
            return;
        }
        if (type.isPrimitive()) {
            return;
        }
        names.add(type.getName());
        // The fields of the JDK's own types are nobody's business.
        if (type.getName().startsWith("java.")) {
            return;
        }
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers())) {
                visit(field.getGenericType());
            }
        }
        if (type.getGenericSuperclass() != null) {
            visit(type.getGenericSuperclass());
        }
    }
}
