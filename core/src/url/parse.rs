//! The two parsers: plain text (configuration, nested URLs) and encoded text (names of registry nodes).
//!
//! Where versions of Dubbo differ, the rules of 2.7.23 and 3.3.1 hold: `;` separates parameters like
//! `&`, a fragment in front of the query is dropped, a parameter without `=` has an empty value.

use super::{Parts, Url, form};
use crate::error::{Error, ErrorCode, Result};

/// Parses plain text; values are taken as they are, nothing is percent-decoded.
pub(super) fn plain(text: &str) -> Result<Url> {
    let text = text.trim();
    let (body, query) = text.split_once('?').unwrap_or((text, ""));
    let mut parts = parse_body(text, body)?;
    for part in query.split(['&', ';']).filter(|part| !part.trim().is_empty()) {
        let part = part.trim();
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        put(&mut parts, key, value);
    }
    fill_defaults(&mut parts);
    Ok(Url::from_parts(parts))
}

/// Parses the name of a node: the text is split while it is still encoded, keys and values are decoded
/// once, so a nested URL stays encoded.
pub(super) fn encoded(name: &str) -> Result<Url> {
    let (body, query) = split_at_escape(name, *b"3F").unwrap_or((name, ""));
    let body = form::decode(body)?;
    let mut parts = parse_body(name, &body)?;
    let mut rest = query;
    while !rest.is_empty() {
        let part;
        (part, rest) = next_part(rest);
        let (key, value) =
            split_at_escape(part, *b"3D").or_else(|| part.split_once('=')).unwrap_or((part, ""));
        put(&mut parts, &form::decode(key)?, &form::decode(value)?);
    }
    fill_defaults(&mut parts);
    Ok(Url::from_parts(parts))
}

fn put(parts: &mut Parts, key: &str, value: &str) {
    if !key.is_empty() {
        parts.params.insert(key.into(), value.into());
    }
}

/// `default.k=v` also sets `k` when it is absent.
fn fill_defaults(parts: &mut Parts) {
    let defaults: Vec<_> = parts
        .params
        .iter()
        .filter_map(|(key, value)| Some((Box::<str>::from(key.strip_prefix("default.")?), value.clone())))
        .collect();
    for (key, value) in defaults {
        parts.params.entry(key).or_insert(value);
    }
}

/// Everything in front of the query.
fn parse_body(whole: &str, body: &str) -> Result<Parts> {
    let body = body.split_once('#').map_or(body, |(before, _)| before);
    let mut parts = Parts::default();
    let rest = match (body.find("://"), body.find(":/")) {
        (Some(0), _) | (None, Some(0)) => {
            return Err(invalid(format!("url missing protocol: \"{whole}\""), whole));
        }
        (Some(end), _) => {
            parts.protocol = body[..end].into();
            &body[end + 3..]
        }
        (None, Some(end)) => {
            parts.protocol = body[..end].into();
            &body[end + 1..]
        }
        (None, None) => body,
    };
    let authority = match rest.split_once('/') {
        Some((authority, path)) => {
            parts.path = path.trim_start_matches('/').into();
            authority
        }
        None => rest,
    };
    parse_authority(whole, authority, &mut parts)?;
    Ok(parts)
}

fn parse_authority(whole: &str, authority: &str, parts: &mut Parts) -> Result<()> {
    let address = match authority.rsplit_once('@') {
        Some((user, address)) => {
            let (username, password) = user.split_once(':').unwrap_or((user, ""));
            parts.username = username.into();
            parts.password = password.into();
            address
        }
        None => authority,
    };
    parts.host = match address.rsplit_once(':') {
        // The last colon may belong to the address itself: fe80::1%eth0, [::1] (where Java fails).
        Some((host, port)) if !port.is_empty() && !port.contains(['%', ']']) => {
            parts.port = parse_port(whole, port)?;
            host.into()
        }
        _ => address.into(),
    };
    Ok(())
}

fn parse_port(whole: &str, text: &str) -> Result<u16> {
    match text.parse::<i32>() {
        Ok(port) if port <= 0 => Ok(0),
        Ok(port) => u16::try_from(port).map_err(|_| invalid(format!("port {port} is above 65535"), whole)),
        Err(_) => Err(invalid(format!("For input string: \"{text}\""), whole)),
    }
}

fn invalid(message: String, url: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, message).with("url", url)
}

/// Cuts at the first `%XX` whose digits are `code` in either case.
fn split_at_escape(text: &str, code: [u8; 2]) -> Option<(&str, &str)> {
    let at = text.as_bytes().windows(3).position(|w| w[0] == b'%' && w[1..].eq_ignore_ascii_case(&code))?;
    Some((&text[..at], &text[at + 3..]))
}

/// Cuts the first parameter off; separators are `&` and `;`, plain or encoded.
fn next_part(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'&' | b';' => return (&text[..at], &text[at + 1..]),
            b'%' => {
                let code = bytes.get(at + 1..at + 3).unwrap_or_default();
                if code == b"26" || code.eq_ignore_ascii_case(b"3B") {
                    return (&text[..at], &text[at + 3..]);
                }
            }
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe(url: &Url) -> String {
        let p = &url.0;
        let params: Vec<_> = p.params.iter().map(|(k, v)| format!("{k}={v}")).collect();
        format!(
            "{}|{}|{}|{}|{}|{}|{}",
            p.protocol,
            p.username,
            p.password,
            p.host,
            p.port,
            p.path,
            params.join(" ")
        )
    }

    #[test]
    fn plain_text_is_parsed_as_java_does() {
        for (text, want) in [
            ("dubbo://u:p@h:20880/a.B?x=1&y=2", "dubbo|u|p|h|20880|a.B|x=1 y=2"),
            ("", "||||0||"),
            ("dubbo://h?x=http://y?z=1", "dubbo|||h|0||x=http://y?z=1"),
            ("dubbo://h?a=1;b=2&&c", "dubbo|||h|0||a=1 b=2 c="),
            ("dubbo://h?a=b=c", "dubbo|||h|0||a=b=c"),
            ("dubbo://h?default.timeout=5&x=1", "dubbo|||h|0||default.timeout=5 timeout=5 x=1"),
            ("dubbo://h?default.timeout=5&timeout=1", "dubbo|||h|0||default.timeout=5 timeout=1"),
            ("dubbo://h:1/a#frag?x=1", "dubbo|||h|1|a|x=1"),
            ("dubbo://h:1/a?x=1#frag", "dubbo|||h|1|a|x=1#frag"),
            ("file:/a/x", "file||||0|a/x|"),
            ("h:1//a/b", "|||h|1|a/b|"),
            ("dubbo://u@x:p@h", "dubbo|u@x|p|h|0||"),
            ("dubbo://u@h", "dubbo|u||h|0||"),
            ("dubbo://:p@h", "dubbo||p|h|0||"),
            ("dubbo://[::1]:20880/a", "dubbo|||[::1]|20880|a|"),
            ("dubbo://fe80::1%eth0/a", "dubbo|||fe80::1%eth0|0|a|"),
            ("dubbo://[::1]/a", "dubbo|||[::1]|0|a|"),
            ("dubbo://h:-5/a", "dubbo|||h|0|a|"),
            ("dubbo://h:/a", "dubbo|||h:|0|a|"),
            ("zookeeper://h1:2181?backup=h2:2181,h3", "zookeeper|||h1|2181||backup=h2:2181,h3"),
            ("dubbo://h/a?x=%2F+y", "dubbo|||h|0|a|x=%2F+y"),
        ] {
            assert_eq!(describe(&plain(text).unwrap()), want, "{text}");
        }
    }

    #[test]
    fn faults_carry_the_texts_of_java() {
        for (text, want) in [
            ("://h/a", "url missing protocol: \"://h/a\""),
            (":/a", "url missing protocol: \":/a\""),
            ("dubbo://h:x/a", "For input string: \"x\""),
            ("dubbo://h:70000/a", "port 70000 is above 65535"),
        ] {
            assert_eq!(plain(text).unwrap_err().message(), want);
        }
    }

    #[test]
    fn node_names_are_split_before_they_are_decoded() {
        for (name, want) in [
            ("dubbo%3A%2F%2Fh%3A1%2Fa%3Fm%3Dx%253Dy%26n%3D1", "dubbo|||h|1|a|m=x%3Dy n=1"),
            ("dubbo%3A%2F%2Fh%3A1%2Fa%3fm%3d1%3bn%3d2", "dubbo|||h|1|a|m=1 n=2"),
            ("dubbo%3A%2F%2Fh%3A1%2Fa%3Fm=1&n=2;o=3", "dubbo|||h|1|a|m=1 n=2 o=3"),
            ("dubbo%3A%2F%2Fh%3A1%2Fa", "dubbo|||h|1|a|"),
            ("dubbo%3A%2F%2Fh%3A1%2Fa%3Ft%3Da+b%26default.k%3D1", "dubbo|||h|1|a|default.k=1 k=1 t=a b"),
            ("dubbo%3A%2F%2Fh%3A1%2Fa%3F%26%26x%3D", "dubbo|||h|1|a|x="),
        ] {
            assert_eq!(describe(&encoded(name).unwrap()), want, "{name}");
        }
        assert!(encoded("dubbo%3A%2F%2Fh%3A1%2Fa%3Fm%3D%G1").is_err());
    }

    #[test]
    fn no_text_makes_the_parsers_panic() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let alphabet: Vec<char> = "ab:/?@&;=%#[]3FDé+, ".chars().collect();
        for _ in 0..20_000 {
            let text: String =
                (0..random.usize(..24)).map(|_| alphabet[random.usize(..alphabet.len())]).collect();
            let _ = plain(&text);
            let _ = encoded(&text);
        }
    }
}
