//! Which entries of a registry belong to a subscription.

use crate::url::{Url, keys};

/// Dubbo's interface-level test of a provider or rule URL against a subscription.
///
/// Protocol and `disabled` are the directory's business; methods and application never count.
#[must_use]
pub fn is_match(consumer: &Url, entry: &Url) -> bool {
    let any = |url: &Url, key| url.param(key) == Some("*");
    let same_interface =
        consumer.interface() == "*" || entry.interface() == "*" || consumer.interface() == entry.interface();
    same_interface
        && category_matches(consumer.param(keys::CATEGORY), entry.value(keys::CATEGORY))
        && (entry.bool_param(keys::ENABLED, true) || any(consumer, keys::ENABLED))
        && group_matches(consumer.param(keys::GROUP), entry.param(keys::GROUP))
        && (any(consumer, keys::VERSION) || consumer.param(keys::VERSION) == entry.param(keys::VERSION))
        && classifier_matches(consumer.param(keys::CLASSIFIER), entry.param(keys::CLASSIFIER))
}

/// The consumer's list is searched for the entry's category as a substring, as Java does: a consumer of
/// `myproviders` also gets `providers`.
fn category_matches(wanted: Option<&str>, category: Option<&str>) -> bool {
    let category = category.unwrap_or(keys::PROVIDERS);
    match wanted {
        None | Some("") => category == keys::PROVIDERS,
        Some(wanted) if wanted.contains('*') => true,
        Some(wanted) if wanted.contains('-') => !wanted.contains(&format!("-{category}")),
        Some(wanted) => wanted.contains(category),
    }
}

/// Absent and empty are different here, unlike in a service key.
fn group_matches(wanted: Option<&str>, group: Option<&str>) -> bool {
    match (wanted, group) {
        (Some("*"), _) => true,
        (wanted, group) if wanted == group => true,
        (Some(list), Some(group)) => list.split(',').any(|item| item == group),
        _ => false,
    }
}

fn classifier_matches(wanted: Option<&str>, classifier: Option<&str>) -> bool {
    match wanted {
        None | Some("*") => true,
        wanted => wanted == classifier,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_follows_the_table() {
        for (consumer, entry, want) in [
            ("a.B", "a.B", true),
            ("a.B", "a.C", false),
            ("x?interface=*", "a.C", true),
            ("a.B", "x?interface=*", true),
            ("a.B", "p/x?interface=a.B", true),
            ("a.B", "a.B?category=providers", true),
            ("a.B", "a.B?category=routers", false),
            ("a.B?category=", "a.B?category=routers", false),
            ("a.B?category=providers,routers", "a.B?category=routers", true),
            ("a.B?category=myproviders", "a.B", true),
            ("a.B?category=*", "a.B?category=routers", true),
            ("a.B?category=*,-routers", "a.B?category=routers", true),
            ("a.B?category=-routers", "a.B?category=routers", false),
            ("a.B?category=-routers", "a.B", true),
            ("a.B", "a.B?enabled=false", false),
            ("a.B?enabled=*", "a.B?enabled=false", true),
            ("a.B", "a.B?group=g", false),
            ("a.B?group=g", "a.B", false),
            ("a.B?group=", "a.B", false),
            ("a.B?group=*", "a.B", true),
            ("a.B?group=*", "a.B?group=g", true),
            ("a.B?group=f,g", "a.B?group=g", true),
            ("a.B?group=,a", "a.B", false),
            ("a.B?version=1", "a.B?version=1", true),
            ("a.B?version=1", "a.B", false),
            ("a.B?version=0.0.0", "a.B", false),
            ("a.B?version=*", "a.B?version=1", true),
            ("a.B?version=1,2", "a.B?version=1", false),
            ("a.B", "a.B?classifier=x", true),
            ("a.B?classifier=*", "a.B?classifier=x", true),
            ("a.B?classifier=x", "a.B", false),
        ] {
            let url = |scheme: &str, text: &str| Url::parse(&format!("{scheme}://h/{text}")).unwrap();
            assert_eq!(
                is_match(&url("consumer", consumer), &url("dubbo", entry)),
                want,
                "{consumer} {entry}"
            );
        }
    }
}
