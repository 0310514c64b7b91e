//! Where things are in ZooKeeper.

use crate::url::{Url, form, keys};

/// The categories of `category=*`, in Java's order.
pub(super) const ALL_CATEGORIES: [&str; 4] =
    [keys::PROVIDERS, keys::CONSUMERS, keys::ROUTERS, keys::CONFIGURATORS];

/// `/{root}/{interface}/{category}/{url}`; the root is the registry's parameter `group`, by default `dubbo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Paths {
    root: String,
}

impl Paths {
    pub(super) fn new(registry: &Url) -> Self {
        let group = registry.value(keys::GROUP).unwrap_or("dubbo").trim_matches('/');
        Self { root: format!("/{group}") }
    }

    /// The directory of a service's category.
    pub(super) fn directory(&self, interface: &str, category: &str) -> String {
        format!("{}/{}/{category}", self.root, form::encode(interface))
    }

    /// The node of a URL.
    pub(super) fn node(&self, url: &Url) -> String {
        let category = url.value(keys::CATEGORY).unwrap_or(keys::PROVIDERS);
        format!("{}/{}", self.directory(url.interface(), category), url.encode_znode())
    }

    /// The categories that a subscription asks for.
    pub(super) fn categories(url: &Url) -> Vec<&str> {
        match url.value(keys::CATEGORY) {
            None => vec![keys::PROVIDERS],
            Some("*") => ALL_CATEGORIES.to_vec(),
            Some(list) => list.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
        }
    }
}

/// The parents of a path, outermost first, without the path itself.
pub(super) fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at]).filter(|parent| !parent.is_empty())
}

/// True for names that can be URLs; Dubbo 2.7 ignores all others, and only knows upper-case escapes.
pub(super) fn is_url_name(name: &str) -> bool {
    name.contains("%3A%2F%2F")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_lie_where_java_looks_for_them() {
        let url = Url::parse("dubbo://h:1/a.B?group=g").unwrap();
        for (registry, want) in [
            ("zookeeper://z:2181", "/dubbo/a.B/providers/dubbo%3A%2F%2Fh%3A1%2Fa.B%3Fgroup%3Dg"),
            ("zookeeper://z:2181?group=/x/y/", "/x/y/a.B/providers/dubbo%3A%2F%2Fh%3A1%2Fa.B%3Fgroup%3Dg"),
        ] {
            assert_eq!(Paths::new(&Url::parse(registry).unwrap()).node(&url), want);
        }
        let paths = Paths::new(&Url::new("zookeeper", "z", 2181));
        let consumer = Url::parse("consumer://c/a$B?category=consumers").unwrap();
        assert_eq!(
            paths.node(&consumer),
            "/dubbo/a%24B/consumers/consumer%3A%2F%2Fc%2Fa%24B%3Fcategory%3Dconsumers"
        );
        assert_eq!(parents("/a/b/c").collect::<Vec<_>>(), ["/a", "/a/b"]);
    }

    #[test]
    fn a_subscription_names_its_categories() {
        for (category, want) in [
            ("", vec!["providers"]),
            ("providers,configurators,routers", vec!["providers", "configurators", "routers"]),
            ("*", vec!["providers", "consumers", "routers", "configurators"]),
        ] {
            let url = Url::new("consumer", "c", 0).with_param("category", category);
            assert_eq!(Paths::categories(&url), want);
        }
    }
}
