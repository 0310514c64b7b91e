//! References without a registry: direct addresses, and the files that bind interfaces to them.

use std::path::{Path, PathBuf};

use super::properties;
use crate::error::{Error, ErrorCode, Result};
use crate::url::Url;

/// What the attribute `url` of a reference means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Direct {
    /// Call these providers.
    Providers(Vec<Url>),
    /// Use these registries: a registry's address is allowed in `url`, too.
    Registries(Vec<Url>),
}

/// Schemes of registries that exist here or elsewhere; everything else is a provider.
const REGISTRY_SCHEMES: &[&str] =
    &["zookeeper", "registry", "service-discovery-registry", "nacos", "multicast"];

/// Reads the attribute `url`: one or more addresses separated by `;`. A provider without a path gets the
/// interface as its path, one without a scheme `dubbo`, one without a port 20880.
///
/// # Errors
///
/// [`ErrorCode::Config`] when the text holds no address, a wrong one, or providers and registries mixed;
/// [`ErrorCode::Unsupported`] for another protocol than `dubbo`.
pub fn parse_direct(text: &str, interface: &str) -> Result<Direct> {
    let pieces = text.split(';').map(str::trim).filter(|piece| !piece.is_empty());
    let urls = pieces.map(Url::parse).collect::<Result<Vec<_>>>();
    let urls = urls.map_err(|error| error.with_code(ErrorCode::Config))?;
    let registries = urls.iter().filter(|url| REGISTRY_SCHEMES.contains(&url.protocol())).count();
    if urls.is_empty() || (registries > 0 && registries < urls.len()) {
        let message = "url must hold one or more provider addresses, or registry addresses, separated by ;";
        return Err(Error::new(ErrorCode::Config, message).with("url", text));
    }
    if registries > 0 {
        return Ok(Direct::Registries(urls));
    }
    if let Some(url) = urls.iter().find(|url| !matches!(url.protocol(), "" | "dubbo")) {
        let message = format!("there is no protocol {}: use dubbo://host:20880", url.protocol());
        return Err(Error::new(ErrorCode::Unsupported, message).with("url", text));
    }
    Ok(Direct::Providers(urls.into_iter().map(|url| complete(url, interface)).collect()))
}

fn complete(mut url: Url, interface: &str) -> Url {
    if url.protocol().is_empty() {
        url = url.with_protocol("dubbo");
    }
    if url.path().is_empty() {
        url = url.with_path(interface);
    }
    if url.port() == 0 {
        let host = url.host().to_owned();
        url = url.with_address(&host, 20880);
    }
    url
}

/// The direct address that a resolve file gives for an interface, if any: lines `interface=address`.
///
/// The file is `configured`, else `$DUBBO_RESOLVE_FILE`, else `~/dubbo-resolve.properties` if that exists.
/// A key that ends in `*` stands for every interface that starts with the rest.
///
/// # Errors
///
/// [`ErrorCode::Config`] (`Failed to load {file}, cause: ...`) when a file that was asked for cannot be read.
pub fn resolve(interface: &str, configured: Option<&Path>) -> Result<Option<String>> {
    let named =
        configured.map(PathBuf::from).or_else(|| std::env::var_os("DUBBO_RESOLVE_FILE").map(PathBuf::from));
    let by_default = || std::env::home_dir().map(|home| home.join("dubbo-resolve.properties"));
    let path = match named {
        Some(path) => path,
        None => match by_default().filter(|path| path.exists()) {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let entries = properties::read(&path).map_err(|error| {
        Error::new(ErrorCode::Config, format!("Failed to load {}, cause: {error}", path.display()))
            .caused_by(error)
    })?;
    let matching = entries
        .iter()
        .find(|(key, _)| key.strip_suffix('*').is_some_and(|prefix| interface.starts_with(prefix)));
    let found = entries.get(interface).or_else(|| matching.map(|(_, address)| address)).cloned();
    if let Some(address) = &found {
        let file = path.display();
        tracing::warn!(
            "Using dubbo resolve file {file} replace {interface}{address} to p2p invoke remote service."
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_addresses_are_completed() {
        for (text, want) in [
            ("dubbo://h:1", "dubbo://h:1/a.B"),
            ("h:1; dubbo://[::1]/x?timeout=5 ;", "dubbo://h:1/a.B dubbo://[::1]:20880/x?timeout=5"),
        ] {
            let Direct::Providers(urls) = parse_direct(text, "a.B").unwrap() else { panic!("{text}") };
            assert_eq!(urls.iter().map(Url::full_string).collect::<Vec<_>>().join(" "), want);
        }
        assert!(
            matches!(parse_direct("zookeeper://z:2181", "a.B").unwrap(), Direct::Registries(urls) if urls.len() == 1)
        );
        for text in ["", ";", "zookeeper://z;dubbo://h:1"] {
            assert_eq!(parse_direct(text, "a.B").unwrap_err().code(), ErrorCode::Config);
        }
    }

    #[test]
    fn a_resolve_file_binds_interfaces_to_addresses() {
        let path = std::env::temp_dir().join(format!("polydubbo-resolve-{}", fastrand::u64(..)));
        std::fs::write(&path, "a.B=dubbo://h:1\ncom.acme.*=dubbo\\://h\\:2\n").unwrap();
        for (interface, want) in
            [("a.B", Some("dubbo://h:1")), ("com.acme.Users", Some("dubbo://h:2")), ("x.Y", None)]
        {
            assert_eq!(resolve(interface, Some(&path)).unwrap().as_deref(), want);
        }
        std::fs::remove_file(&path).unwrap();
        let error = resolve("a.B", Some(&path)).unwrap_err();
        assert!(error.message().starts_with("Failed to load "));
    }
}
