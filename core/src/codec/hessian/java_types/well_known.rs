//! Collection classes of the JDK, told by name.

/// Whether a list of this wire type is a set to Java.
///
/// Java's reader asks the class; without classes the name must do: all sets of the JDK end in `Set`, but
/// for the views of maps, and no list does.
#[must_use]
pub fn is_set_type(java_type: &str) -> bool {
    java_type.ends_with("Set") && !java_type.starts_with('[')
}

/// Whether this declared class takes a list: a collection class or interface of the JDK.
#[must_use]
pub fn is_list_class(class: &str) -> bool {
    let Some(name) = class.strip_prefix("java.util.") else { return class == "java.lang.Iterable" };
    let is_concurrent = name.strip_prefix("concurrent.");
    let simple = is_concurrent.unwrap_or(name);
    ["Collection", "List", "Set", "Queue", "Deque", "Vector", "Stack"].iter().any(|end| simple.ends_with(end))
}

/// Whether this declared class takes a map.
#[must_use]
pub fn is_map_class(class: &str) -> bool {
    let is_map =
        |name: &str| name.ends_with("Map") || matches!(name, "Hashtable" | "Properties" | "Dictionary");
    class
        .strip_prefix("java.util.")
        .is_some_and(|name| is_map(name.strip_prefix("concurrent.").unwrap_or(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_are_told_by_name() {
        for set in ["java.util.HashSet", "java.util.Collections$UnmodifiableSet", "java.util.HashMap$KeySet"]
        {
            assert!(is_set_type(set), "{set}");
        }
        assert!(!is_set_type("[demo.DataSet") && !is_set_type("java.util.ArrayList"));
        for list in ["java.util.List", "java.util.concurrent.CopyOnWriteArrayList", "java.util.ArrayDeque"] {
            assert!(is_list_class(list), "{list}");
        }
        for map in ["java.util.Map", "java.util.TreeMap", "java.util.concurrent.ConcurrentHashMap"] {
            assert!(is_map_class(map) && !is_list_class(map), "{map}");
        }
        assert!(!is_map_class("demo.BitMap") && !is_list_class("demo.UserList"));
    }
}
