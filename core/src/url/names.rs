//! Names that identify a service, derived from a URL.

use super::{Url, keys};

impl Url {
    /// The interface: parameter `interface`, else the path (short provider URLs carry no parameter).
    #[must_use]
    pub fn interface(&self) -> &str {
        self.value(keys::INTERFACE).unwrap_or_else(|| self.path())
    }

    /// `[group/]interface[:version]`.
    #[must_use]
    pub fn service_key(&self) -> String {
        service_key(self.interface(), self.value(keys::GROUP), self.value(keys::VERSION))
    }

    /// The service key with the path in place of the interface.
    #[must_use]
    pub fn path_key(&self) -> String {
        service_key(self.path(), self.value(keys::GROUP), self.value(keys::VERSION))
    }

    /// The service key of Dubbo 3 followed by `:protocol`, which a `consumer://` URL leaves out.
    #[must_use]
    pub fn protocol_service_key(&self) -> String {
        match self.protocol() {
            "" | "consumer" => self.service_key(),
            protocol => format!("{}:{protocol}", self.service_key()),
        }
    }

    /// `interface:version:group`, always with both colons.
    #[must_use]
    pub fn colon_key(&self) -> String {
        let [version, group] = [keys::VERSION, keys::GROUP].map(|key| self.value(key).unwrap_or_default());
        format!("{}:{version}:{group}", self.interface())
    }

    /// `interface[:version][:group]`.
    #[must_use]
    pub fn compatible_colon_key(&self) -> String {
        let mut out = self.interface().to_owned();
        for part in [keys::VERSION, keys::GROUP].into_iter().filter_map(|key| self.value(key)) {
            out.push(':');
            out.push_str(part);
        }
        out
    }

    /// `interface[:version]`, for logs and migration rules.
    #[must_use]
    pub fn display_key(&self) -> String {
        service_key(self.interface(), None, self.value(keys::VERSION))
    }
}

/// Composes `[group/]interface[:version]`; an empty group or version counts as absent.
#[must_use]
pub fn service_key(interface: &str, group: Option<&str>, version: Option<&str>) -> String {
    let mut out = String::with_capacity(interface.len() + 24);
    if let Some(group) = group.filter(|group| !group.is_empty()) {
        out.push_str(group);
        out.push('/');
    }
    out.push_str(interface);
    if let Some(version) = version.filter(|version| !version.is_empty()) {
        out.push(':');
        out.push_str(version);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_table() {
        let full = Url::parse("dubbo://h:1/p.X?interface=a.B&group=vip&version=1.0.0").unwrap();
        let bare = Url::parse("consumer://h/a.B?group=").unwrap();
        for (got, want) in [
            (full.interface().to_owned(), "a.B"),
            (full.service_key(), "vip/a.B:1.0.0"),
            (full.path_key(), "vip/p.X:1.0.0"),
            (full.protocol_service_key(), "vip/a.B:1.0.0:dubbo"),
            (full.colon_key(), "a.B:1.0.0:vip"),
            (full.compatible_colon_key(), "a.B:1.0.0:vip"),
            (full.display_key(), "a.B:1.0.0"),
            (bare.interface().to_owned(), "a.B"),
            (bare.service_key(), "a.B"),
            (bare.protocol_service_key(), "a.B"),
            (bare.colon_key(), "a.B::"),
            (bare.compatible_colon_key(), "a.B"),
            (bare.display_key(), "a.B"),
        ] {
            assert_eq!(got, want);
        }
    }
}
