//! How the settings of a consumer and of a provider become those of their calls.

use crate::url::{Url, keys};

/// Settings of the provider's threads, of no use to a consumer.
const PROVIDER_ONLY: &[&str] = &[
    keys::THREAD_NAME,
    keys::THREADPOOL,
    keys::CORE_THREADS,
    keys::THREADS,
    keys::QUEUES,
    keys::ALIVE,
    "transporter",
];

/// What a consumer never imposes on a provider.
const NEVER_FROM_CONSUMER: &[&str] = &[keys::RELEASE, keys::DUBBO, keys::METHODS, keys::TIMESTAMP, keys::TAG];

/// What a consumer imposes only where the provider is silent.
const PROVIDER_FIRST: &[&str] = &[keys::GROUP, keys::VERSION, keys::GENERIC];

/// Merges as Dubbo 2.7 does: the provider's address and parameters, overlaid by the consumer's, so a
/// consumer's value wins at the same level, and a method's value wins over an interface's.
#[must_use]
pub fn merge_url(provider: &Url, consumer: &Url) -> Url {
    let base = provider
        .clone()
        .retain_params(|key, _| !PROVIDER_ONLY.contains(&key.strip_prefix("default.").unwrap_or(key)));
    let local: Vec<_> = consumer.params().filter(|(key, _)| is_local(key, provider)).collect();
    if local.is_empty() {
        return finish(base, consumer);
    }
    let mut merged = base.with_params(local);
    if let Some(application) = provider.value(keys::APPLICATION) {
        merged = merged.with_param(keys::REMOTE_APPLICATION, application);
    }
    for key in [keys::REFERENCE_FILTER, keys::INVOKER_LISTENER] {
        if let (Some(theirs), Some(ours)) = (provider.value(key), consumer.value(key)) {
            merged = merged.with_param(key, format!("{theirs},{ours}"));
        }
    }
    finish(merged, consumer)
}

fn is_local(key: &str, provider: &Url) -> bool {
    let provider_wins = PROVIDER_FIRST.contains(&key) && provider.has_param(key);
    !NEVER_FROM_CONSUMER.contains(&key) && !provider_wins
}

/// A consumer never fails because one provider cannot be reached now, and the path is what the provider
/// looks a service up by.
fn finish(merged: Url, consumer: &Url) -> Url {
    let merged = merged.with_param(keys::CHECK, "false");
    if merged.path().is_empty() { merged.with_path(consumer.interface()) } else { merged }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumer_and_provider_settings_are_merged_as_2_7_does() {
        for (provider, consumer, want) in [
            (
                "dubbo://u:p@h:1/a.B?timeout=5&weight=7&threads=9&default.threads=9&application=prov",
                "consumer://c/a.B?timeout=3&application=cons",
                "dubbo://u:p@h:1/a.B?application=cons&check=false&remote.application=prov&timeout=3&weight=7",
            ),
            (
                "dubbo://h:1/a.B?group=g1&release=2.7.8&timestamp=1&methods=x",
                "consumer://c/a.B?group=*&version=1&release=9&timestamp=2&methods=y&dubbo=1&dubbo.tag=t",
                "dubbo://h:1/a.B?check=false&group=g1&methods=x&release=2.7.8&timestamp=1&version=1",
            ),
            (
                "dubbo://h:1?hi.retries=0&reference.filter=p",
                "consumer://c/a.B?retries=5&reference.filter=c",
                "dubbo://h:1/a.B?check=false&hi.retries=0&reference.filter=p,c&retries=5",
            ),
            ("dubbo://h:1/x?application=p", "consumer://c/a.B", "dubbo://h:1/x?application=p&check=false"),
        ] {
            let merged = merge_url(&Url::parse(provider).unwrap(), &Url::parse(consumer).unwrap());
            assert_eq!(merged.full_string(), want);
        }
    }
}
