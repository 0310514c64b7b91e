//! The text forms of a URL.

use std::fmt;

use super::{Url, form, keys};

impl Url {
    /// Everything, parameters sorted by key and unescaped: the form that registries and caches store.
    #[must_use]
    pub fn full_string(&self) -> String {
        self.text(true, true)
    }

    /// Without user and parameters: what names a connection's other side in counters and messages.
    #[must_use]
    pub fn identity(&self) -> String {
        self.text(false, false)
    }

    /// `host`, or `host:port` when there is a port.
    #[must_use]
    pub fn address(&self) -> String {
        match self.port() {
            0 => self.host().to_owned(),
            port => format!("{}:{port}", self.host()),
        }
    }

    /// The address and those of the parameter `backup`, separated by commas; `default_port` completes
    /// each address that lacks a port.
    #[must_use]
    pub fn backup_address(&self, default_port: u16) -> String {
        let mut out = append_port(&self.address(), default_port);
        let backups = self.value(keys::BACKUP).unwrap_or_default();
        for backup in backups.split(',').map(str::trim).filter(|backup| !backup.is_empty()) {
            out.push(',');
            out.push_str(&append_port(backup, default_port));
        }
        out
    }

    /// The name of the registry node for this URL: the form-encoded full string.
    #[must_use]
    pub fn encode_znode(&self) -> String {
        form::encode(&self.full_string())
    }

    fn text(&self, with_user: bool, with_params: bool) -> String {
        let parts = &*self.0;
        let mut out = String::with_capacity(64 + parts.params.len() * 24);
        if !parts.protocol.is_empty() {
            out.push_str(&parts.protocol);
            out.push_str("://");
        }
        if with_user && !parts.username.is_empty() {
            out.push_str(&parts.username);
            if !parts.password.is_empty() {
                out.push(':');
                out.push_str(&parts.password);
            }
            out.push('@');
        }
        if !parts.host.is_empty() {
            out.push_str(&self.address());
        }
        if !parts.path.is_empty() {
            out.push('/');
            out.push_str(&parts.path);
        }
        if with_params {
            self.push_params(&mut out);
        }
        out
    }

    fn push_params(&self, out: &mut String) {
        let mut separator = '?';
        for (key, value) in self.params() {
            out.push(separator);
            out.push_str(key);
            out.push('=');
            out.push_str(value.trim());
            separator = '&';
        }
    }
}

/// Everything save user and password, so that logs keep no secrets of the address.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(false, true))
    }
}

fn append_port(address: &str, default_port: u16) -> String {
    if default_port == 0 {
        return address.to_owned();
    }
    match address.rsplit_once(':') {
        // A colon inside an IPv6 address without brackets or port is not a separator.
        Some((host, port)) if !port.contains(']') => match port.parse::<u32>() {
            Ok(0) => format!("{host}:{default_port}"),
            _ => address.to_owned(),
        },
        _ => format!("{address}:{default_port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_its_parts() {
        let url = Url::parse("dubbo://u:p@h:20880/a.B?z=1&b= 2 &a=").unwrap();
        assert_eq!(url.full_string(), "dubbo://u:p@h:20880/a.B?a=&b=2&z=1");
        assert_eq!(url.to_string(), "dubbo://h:20880/a.B?a=&b=2&z=1");
        assert_eq!(url.identity(), "dubbo://h:20880/a.B");
        assert_eq!(url.address(), "h:20880");
    }

    #[test]
    fn absent_parts_leave_no_trace() {
        for (text, want) in [
            ("file:/a/x", "file:///a/x"),
            ("dubbo://:p@h", "dubbo://h"),
            ("h", "h"),
            ("dubbo://h:0/a", "dubbo://h/a"),
            ("", ""),
        ] {
            assert_eq!(Url::parse(text).unwrap().full_string(), want);
        }
    }

    #[test]
    fn backup_addresses_get_the_default_port() {
        for (text, want) in [
            ("zookeeper://h1?backup=h2:2182,h3", "h1:2181,h2:2182,h3:2181"),
            ("zookeeper://h1:2181?backup=h2:2181/chroot", "h1:2181,h2:2181/chroot"),
            ("zookeeper://[::1]?backup=[::2]:0", "[::1]:2181,[::2]:2181"),
            ("zookeeper://h1:2181", "h1:2181"),
        ] {
            assert_eq!(Url::parse(text).unwrap().backup_address(2181), want);
        }
    }
}
