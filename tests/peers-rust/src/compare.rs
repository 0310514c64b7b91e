//! Whether a result is what a case expects, by the rules of `tests/matrix/README.md`.

use std::collections::HashSet;

use polydubbo::codec::hessian::{List, Map, Object, Value};

/// True if `got` is `want`, given the declared parameter type of the method that returned it.
pub(crate) fn is_same(want: &Value, got: &Value, descriptor: &str) -> bool {
    if let ("F" | "Ljava/lang/Float;", Value::Double(want), Value::Double(got)) = (descriptor, want, got) {
        // A boxed Float travels as the shortest decimal of its own width.
        return double(f64::from(*want as f32), f64::from(*got as f32));
    }
    Comparison::default().same(want, got)
}

/// Pairs of containers under comparison: meeting one again closes a cycle.
#[derive(Default)]
struct Comparison(HashSet<(usize, usize)>);

impl Comparison {
    fn same(&mut self, want: &Value, got: &Value) -> bool {
        let (Some(want), Some(got)) = (want.resolve(), got.resolve()) else { return false };
        if let (Some(a), Some(b)) = (want.identity(), got.identity())
            && !self.0.insert((a, b))
        {
            return true;
        }
        match (&*want, &*got) {
            (Value::Double(a), Value::Double(b)) => double(*a, *b),
            (Value::List(a), Value::List(b)) => self.lists(a, b),
            (Value::Map(a), Value::Map(b)) => self.maps(a, b),
            (Value::Object(a), Value::Object(b)) => self.objects(a, b),
            (a, b) => a == b,
        }
    }

    fn lists(&mut self, want: &List, got: &List) -> bool {
        let plain =
            |list: &List| list.java_type().filter(|name| *name != "java.util.ArrayList").map(str::to_owned);
        if plain(want) != plain(got) || want.items().len() != got.items().len() {
            return false;
        }
        if want.java_type().is_some_and(|name| name.ends_with("HashSet")) {
            return want.items().iter().all(|a| got.items().iter().any(|b| self.same(a, b)));
        }
        want.items().iter().zip(got.items()).all(|(a, b)| self.same(a, b))
    }

    fn maps(&mut self, want: &Map, got: &Map) -> bool {
        let plain =
            |map: &Map| map.java_type().filter(|name| *name != "java.util.HashMap").map(str::to_owned);
        plain(want) == plain(got)
            && want.entries().len() == got.entries().len()
            && want
                .entries()
                .iter()
                .all(|(k, v)| got.entries().iter().any(|(l, w)| self.same(k, l) && self.same(v, w)))
    }

    /// Java sends every field of a class, also those that the case leaves out because they have no value.
    fn objects(&mut self, want: &Object, got: &Object) -> bool {
        let names = want.class().fields();
        want.class().name() == got.class().name()
            && names.iter().all(|name| match (want.get(name), got.get(name)) {
                (Some(a), Some(b)) => self.same(a, b),
                _ => false,
            })
            && (is_of_jdk(want)
                || got
                    .class()
                    .fields()
                    .iter()
                    .zip(got.fields())
                    .all(|(name, value)| names.contains(name) || is_default(value)))
    }
}

/// BigInteger and the like cache things in fields of their own.
fn is_of_jdk(object: &Object) -> bool {
    object.class().name().starts_with("java.")
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) | Value::Long(0) => true,
        Value::Double(number) => *number == 0.0,
        Value::String(text) => text.as_str() == Some("\0"),
        _ => false,
    }
}

fn double(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_counts_in_lists_but_not_in_sets_and_maps() {
        let (a, b) = (Value::from("a"), Value::from("b"));
        let set = |items| Value::typed_list("java.util.HashSet", items);
        assert!(is_same(&set([a.clone(), b.clone()]), &set([b.clone(), a.clone()]), ""));
        assert!(!is_same(&Value::list([a.clone(), b.clone()]), &Value::list([b, a]), ""));
        let (x, y) = (Value::map([("k", 1), ("l", 2)]), Value::map([("l", 2), ("k", 1)]));
        assert!(is_same(&x, &y, ""));
        assert!(!is_same(&x, &Value::map([("l", 1), ("k", 2)]), ""));
    }

    #[test]
    fn fields_that_java_adds_must_be_empty() {
        let want = Value::object("a.B", [("x", 1)]).unwrap();
        assert!(is_same(&want, &Value::object("a.B", [("y", 0), ("x", 1)]).unwrap(), ""));
        assert!(!is_same(&want, &Value::object("a.B", [("y", 5), ("x", 1)]).unwrap(), ""));
        assert!(!is_same(&want, &Value::object("a.C", [("x", 1)]).unwrap(), ""));
    }

    #[test]
    fn floats_compare_in_their_own_width() {
        let (wide, short) = (Value::Double(f64::from(0.1_f32)), Value::Double(0.1));
        assert!(is_same(&wide, &short, "F"));
        assert!(!is_same(&wide, &short, "D"));
    }
}
