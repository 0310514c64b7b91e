//! Registry addresses as users write them: one text may name several registries of several hosts.

use super::{Url, keys};
use crate::error::{Error, ErrorCode, Result};

/// Port of a registry whose address and attributes name none.
const DEFAULT_PORT: u16 = 9090;

/// Parses `zookeeper://h1:2181?backup=h2:2181`, `h1:2181,h2:2181` and lists of these separated by `|` or `;`.
///
/// `attributes` complete what the address leaves open: `protocol` (else `dubbo`), `username`, `password`,
/// `port` (else 9090), `path`, and every other one as a parameter. `N/A` stands for no registry and gives
/// no URL.
///
/// # Errors
///
/// [`ErrorCode::Config`] when an address is `*` or an any-host address, or cannot be read.
pub fn parse_registry_addresses(address: &str, attributes: &[(&str, &str)]) -> Result<Vec<Url>> {
    if address.trim().eq_ignore_ascii_case("N/A") {
        return Ok(Vec::new());
    }
    let pieces = address.split(['|', ';']).map(str::trim).filter(|piece| !piece.is_empty());
    let urls: Result<Vec<_>> = pieces.map(|piece| parse_one(piece, attributes)).collect();
    urls.map_err(|error| error.with_code(ErrorCode::Config))
}

fn parse_one(address: &str, attributes: &[(&str, &str)]) -> Result<Url> {
    let url = if address.contains("://") || address.contains('?') {
        Url::parse(address)?
    } else {
        parse_host_list(address)?
    };
    if matches!(url.host(), "" | "*" | "0.0.0.0") {
        return Err(Error::new(ErrorCode::Config, "registry address == null").with("address", address));
    }
    complete(url, attributes)
}

/// `h1:2181,h2:2181`: the first becomes the host, the others `backup`.
fn parse_host_list(address: &str) -> Result<Url> {
    let mut hosts = address.split(',').map(str::trim).filter(|host| !host.is_empty());
    let url = Url::parse(hosts.next().unwrap_or_default())?;
    let backup = hosts.collect::<Vec<_>>().join(",");
    Ok(if backup.is_empty() { url } else { url.with_param(keys::BACKUP, backup) })
}

fn complete(mut url: Url, attributes: &[(&str, &str)]) -> Result<Url> {
    let attribute = |name: &str| {
        attributes.iter().find(|(key, value)| *key == name && !value.is_empty()).map(|&(_, value)| value)
    };
    if url.protocol().is_empty() {
        url = url.with_protocol(attribute("protocol").unwrap_or("dubbo"));
    }
    if url.username().is_empty() {
        let username = attribute("username").unwrap_or_default();
        let password = Some(url.password()).filter(|p| !p.is_empty()).or_else(|| attribute("password"));
        let password = password.unwrap_or_default().to_owned();
        url = url.with_user(username, &password);
    }
    if url.port() == 0 {
        let port = attribute("port").and_then(|port| port.parse().ok()).filter(|&port| port > 0);
        let host = url.host().to_owned();
        url = url.with_address(&host, port.unwrap_or(DEFAULT_PORT));
    }
    if url.path().is_empty() {
        url = url.with_path(attribute("path").unwrap_or_default());
    }
    for (key, value) in attributes {
        let is_part = matches!(*key, "protocol" | "username" | "password" | "port" | "path" | "host");
        if !is_part && !value.is_empty() && !url.has_param(key) {
            url = url.with_user_param(key, value)?;
        }
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_completed_by_attributes() {
        for (address, attributes, want) in [
            ("zookeeper://u:p@h1:2181?backup=h2:2181", &[][..], "zookeeper://u:p@h1:2181?backup=h2:2181"),
            ("h1:2181,h2:2181", &[("protocol", "zookeeper")], "zookeeper://h1:2181?backup=h2:2181"),
            ("h1", &[], "dubbo://h1:9090"),
            ("h1", &[("port", "2181"), ("group", "g")], "dubbo://h1:2181?group=g"),
            (
                "zookeeper://h1:1?group=a",
                &[("protocol", "nacos"), ("group", "b")],
                "zookeeper://h1:1?group=a",
            ),
            ("h:1", &[("username", "u"), ("password", "p")], "dubbo://u:p@h:1"),
            ("a:1,b:2 | c:3", &[], "dubbo://a:1?backup=b:2 dubbo://c:3"),
            ("a:1;b:2", &[], "dubbo://a:1 dubbo://b:2"),
            ("N/A", &[], ""),
        ] {
            let urls = parse_registry_addresses(address, attributes).unwrap();
            let texts: Vec<_> = urls.iter().map(Url::full_string).collect();
            assert_eq!(texts.join(" "), want, "{address}");
        }
    }

    #[test]
    fn an_address_of_any_host_is_refused() {
        for address in ["*", "0.0.0.0:2181", "zookeeper://0.0.0.0:2181"] {
            assert_eq!(
                parse_registry_addresses(address, &[]).unwrap_err().message(),
                "registry address == null"
            );
        }
    }
}
