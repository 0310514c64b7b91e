//! What of a URL other processes get to see.

use crate::url::{Url, keys};

/// Removed by Dubbo 2.7 before a provider is published; keys that start with a dot are private as well.
const HIDDEN: &[&str] = &[
    keys::MONITOR,
    keys::BIND_IP,
    keys::BIND_PORT,
    "qos.enable",
    "qos.host",
    "qos.port",
    "qos.accept.foreign.ip",
    keys::VALIDATION,
    "interfaces",
    "onconnect",
    "ondisconnect",
];

/// Kept in a provider's URL by `simplified=true`: what 2.7 and 3.x keep together.
const SIMPLE_PROVIDER: &[&str] = &[
    keys::APPLICATION,
    "codec",
    "exchanger",
    keys::SERIALIZATION,
    keys::PREFER_SERIALIZATION,
    keys::CLUSTER,
    keys::CONNECTIONS,
    keys::DEPRECATED,
    keys::GROUP,
    keys::LOADBALANCE,
    keys::MOCK,
    "path",
    keys::TIMEOUT,
    keys::TOKEN,
    keys::VERSION,
    keys::WARMUP,
    keys::WEIGHT,
    keys::TIMESTAMP,
    keys::DUBBO,
    keys::RELEASE,
    keys::SIDE,
    keys::TAG,
];

const SIMPLE_CONSUMER: &[&str] = &[keys::APPLICATION, keys::VERSION, keys::GROUP, keys::DUBBO, keys::RELEASE];

/// The form of a provider's URL that goes to `registry`. Empty parameters are left out: an empty
/// `group=` matches nobody.
#[must_use]
pub fn provider_url(provider: &Url, registry: &Url) -> Url {
    let visible = provider.clone().retain_params(|key, value| {
        let identity = matches!(key, keys::GROUP | keys::VERSION | keys::CLASSIFIER);
        let hidden = key.starts_with(".") || HIDDEN.contains(&key);
        let is_blank = identity && value.is_empty();
        !hidden && !is_blank
    });
    if !registry.bool_param(keys::SIMPLIFIED, false) {
        return visible;
    }
    let extra: Vec<&str> =
        registry.value(keys::EXTRA_KEYS).unwrap_or_default().split(',').map(str::trim).collect();
    let kept = |key: &str| SIMPLE_PROVIDER.contains(&key) || extra.contains(&key);
    let methods: Vec<String> = provider.methods().map(str::to_owned).collect();
    let other_path = provider.path() != provider.interface();
    visible.retain_params(|key, _| {
        let of_method = |(method, key): (&str, &str)| methods.iter().any(|m| m == method) && kept(key);
        kept(key) || key.split_once('.').is_some_and(of_method) || (key == keys::INTERFACE && other_path)
    })
}

/// The form of a consumer's URL that goes to `registry`, for consoles: `category=consumers`,
/// `check=false`, no port.
#[must_use]
pub fn consumer_url(consumer: &Url, registry: &Url) -> Url {
    let mut visible = consumer.clone();
    if registry.bool_param(keys::SIMPLIFIED, false) {
        visible = visible.retain_params(|key, _| SIMPLE_CONSUMER.contains(&key));
    }
    let visible = visible.retain_params(|key, value| {
        let identity = matches!(key, keys::GROUP | keys::VERSION | keys::CLASSIFIER);
        !key.starts_with('.') && key != keys::MONITOR && !(identity && value.is_empty())
    });
    visible.with_param(keys::CATEGORY, keys::CONSUMERS).with_param(keys::CHECK, "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_settings_stay_private() {
        let provider = Url::parse(
            "dubbo://h:1/a.B?.secretAccessKey=x&bind.ip=0.0.0.0&bind.port=1&monitor=m&qos.port=2&group=&weight=5",
        )
        .unwrap();
        let published = provider_url(&provider, &Url::new("zookeeper", "z", 2181));
        assert_eq!(published.full_string(), "dubbo://h:1/a.B?weight=5");
    }

    #[test]
    fn simplified_urls_keep_what_calls_need() {
        let registry = Url::parse("zookeeper://z:2181?simplified=true&extra-keys=zone,foo").unwrap();
        for (provider, want) in [
            (
                "dubbo://h:1/a.B?interface=a.B&methods=hi&hi.timeout=5&hi.executes=2&bye.timeout=1&pid=7&weight=3&zone=z",
                "dubbo://h:1/a.B?hi.timeout=5&weight=3&zone=z",
            ),
            ("dubbo://h:1/p?interface=a.B&version=1", "dubbo://h:1/p?interface=a.B&version=1"),
        ] {
            assert_eq!(provider_url(&Url::parse(provider).unwrap(), &registry).full_string(), want);
        }
        let consumer = Url::parse("consumer://c/a.B?application=x&timeout=5&version=1").unwrap();
        assert_eq!(
            consumer_url(&consumer, &registry).full_string(),
            "consumer://c/a.B?application=x&category=consumers&check=false&version=1"
        );
        assert_eq!(
            consumer_url(&consumer, &Url::new("zookeeper", "z", 2181)).full_string(),
            "consumer://c/a.B?application=x&category=consumers&check=false&timeout=5&version=1"
        );
    }
}
