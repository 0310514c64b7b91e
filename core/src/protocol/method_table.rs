//! The methods of an exported service, found by name and descriptor.

use std::sync::Arc;

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use crate::codec::descriptor::parameter_count;
use crate::rpc::Method;

/// Descriptors remembered for a method that accepts any: enough for every overload a consumer could mean, and
/// a bound on what a hostile one can make us keep.
const MAX_OPEN_DESCRIPTORS: usize = 256;

/// Which methods a service has.
///
/// Java knows the parameter types of its methods. A service in another language often does not: such a method is
/// *open*, it takes whatever descriptor the consumer declares.
#[derive(Debug, Default)]
pub struct MethodTable {
    methods: FxHashMap<Box<str>, Entry>,
    any: Option<Entry>,
}

#[derive(Debug)]
enum Entry {
    Declared(Vec<Arc<Method>>),
    Open(RwLock<Vec<Arc<Method>>>),
}

impl MethodTable {
    /// A service without methods.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A service that takes every method name, for gateways.
    #[must_use]
    pub fn any() -> Self {
        Self { methods: FxHashMap::default(), any: Some(Entry::Open(RwLock::default())) }
    }

    /// Adds a method with known parameter types; overloads are added one by one.
    #[must_use]
    pub fn with(mut self, name: &str, descriptor: &str) -> Self {
        let method = Method::new(name, descriptor);
        match self.methods.get_mut(name) {
            Some(Entry::Declared(overloads)) => {
                if !overloads.iter().any(|m| *m.descriptor == *descriptor) {
                    overloads.push(method);
                }
            }
            // An open method takes this descriptor already.
            Some(Entry::Open(_)) => {}
            None => drop(self.methods.insert(name.into(), Entry::Declared(vec![method]))),
        }
        self
    }

    /// Adds a method that takes any parameter types.
    #[must_use]
    pub fn with_open(mut self, name: &str) -> Self {
        self.methods.insert(name.into(), Entry::Open(RwLock::default()));
        self
    }

    /// The method that a consumer means, or `None` if there is none.
    #[must_use]
    pub fn find(&self, name: &str, descriptor: &str) -> Option<Arc<Method>> {
        match self.methods.get(name).or(self.any.as_ref())? {
            Entry::Declared(overloads) => overloads.iter().find(|m| *m.descriptor == *descriptor).cloned(),
            Entry::Open(seen) => Some(find_open(seen, name, descriptor)),
        }
    }

    /// True when the service itself has a method of this name, rather than taking every name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.methods.contains_key(name)
    }

    /// The declared overloads of a name; empty for open and unknown ones.
    #[must_use]
    pub fn overloads(&self, name: &str) -> &[Arc<Method>] {
        match self.methods.get(name) {
            Some(Entry::Declared(overloads)) => overloads,
            _ => &[],
        }
    }

    /// True when the service takes this name with any parameter types.
    #[must_use]
    pub fn is_open(&self, name: &str) -> bool {
        matches!(self.methods.get(name).or(self.any.as_ref()), Some(Entry::Open(_)))
    }

    /// The names, sorted, as the URL parameter `methods` lists them; `*` for a service that takes every name.
    #[must_use]
    pub fn names(&self) -> String {
        if self.any.is_some() {
            return "*".to_owned();
        }
        let mut names: Vec<&str> = self.methods.keys().map(AsRef::as_ref).collect();
        names.sort_unstable();
        names.join(",")
    }

    /// True when an overload with `count` parameters exists or may exist.
    #[must_use]
    pub fn takes(&self, name: &str, count: usize) -> bool {
        self.is_open(name)
            || self.overloads(name).iter().any(|m| parameter_count(&m.descriptor) == Some(count))
    }
}

fn find_open(seen: &RwLock<Vec<Arc<Method>>>, name: &str, descriptor: &str) -> Arc<Method> {
    let same = |m: &&Arc<Method>| *m.descriptor == *descriptor && *m.name == *name;
    if let Some(method) = seen.read().iter().find(same) {
        return Arc::clone(method);
    }
    let method = Method::new(name, descriptor);
    let mut seen = seen.write();
    if seen.len() < MAX_OPEN_DESCRIPTORS {
        seen.push(Arc::clone(&method));
    }
    method
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_methods_need_their_exact_descriptor_and_open_ones_take_any() {
        let table = MethodTable::new().with("add", "IJ").with("add", "II").with("add", "II").with_open("log");
        for (name, descriptor, found) in [
            ("add", "IJ", true),
            ("add", "II", true),
            ("add", "JJ", false),
            ("log", "", true),
            ("log", "[I", true),
            ("nope", "", false),
        ] {
            assert_eq!(table.find(name, descriptor).is_some(), found, "{name}({descriptor})");
        }
        assert_eq!(table.overloads("add").len(), 2);
        assert_eq!(table.names(), "add,log");
        assert!(table.takes("add", 2) && !table.takes("add", 1) && table.takes("log", 7));
        assert!(MethodTable::any().find("whatever", "I").is_some());
    }

    #[test]
    fn an_open_method_is_one_object_per_descriptor_and_remembers_a_bounded_number() {
        let table = MethodTable::new().with_open("log");
        let first = table.find("log", "I").expect("open");
        assert!(Arc::ptr_eq(&first, &table.find("log", "I").expect("open")));
        for n in 0..2 * MAX_OPEN_DESCRIPTORS {
            let method = table.find("log", &format!("Lx{n};")).expect("open");
            assert_eq!(*method.descriptor, format!("Lx{n};"));
        }
        let Some(Entry::Open(seen)) = table.methods.get("log") else { panic!("open") };
        assert_eq!(seen.read().len(), MAX_OPEN_DESCRIPTORS);
    }
}
