//! The protocol version string of a request, and the one thing it decides.

/// What every Java release from 2.6.3 on sends, and what we send.
pub const PROTOCOL_VERSION: &str = "2.0.2";

/// Oldest version whose consumers read response attachments: 2.0.2.
const LOWEST: i64 = 2_000_200;
/// Newest one: 2.0.99. Framework releases (2.5 and later) lie above it and never see attachments.
const HIGHEST: i64 = 2_009_900;
/// Java's value for a string without any number it can read.
const UNREADABLE: i64 = 10_000;

/// True when a consumer that sent `version` expects attachments in its responses.
///
/// Only the range 2.0.2 to 2.0.99 does; a missing version means a consumer older than the string.
#[must_use]
pub fn supports_response_attachments(version: Option<&str>) -> bool {
    match version {
        Some(PROTOCOL_VERSION) => true,
        None | Some("") => false,
        Some(other) => (LOWEST..=HIGHEST).contains(&number(other)),
    }
}

/// Java's reading of a version: the leading digits of each part, two decimal places per part, and
/// two more when there are exactly three parts.
fn number(version: &str) -> i64 {
    let mut value = 0i64;
    let mut parts = 0;
    for part in version.split('.') {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let Ok(part) = part[..digits].parse::<i64>() else { return UNREADABLE };
        let Some(next) = value.checked_mul(100).and_then(|v| v.checked_add(part)) else { return UNREADABLE };
        value = next;
        parts += 1;
    }
    if parts == 3 { value.saturating_mul(100) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_protocol_versions_open_the_gate_never_framework_releases() {
        for (version, want) in [
            (None, false),
            (Some(""), false),
            (Some("2.0.1"), false),
            (Some("2.0.2"), true),
            (Some("2.0.2-SNAPSHOT"), true),
            (Some("2.0.2.1"), true),
            (Some("2.0.10"), true),
            (Some("2.0.99"), true),
            (Some("2.5.3"), false),
            (Some("2.6.2"), false),
            (Some("2.7.8"), false),
            (Some("2.8.4"), false),
            (Some("3.0.0"), false),
            (Some("3.3.1"), false),
            (Some("x.y"), false),
            (Some("99999999999999999999.0.0"), false),
            (Some("1.1.1.1.1.1.1.1.1.1.1.1.1.1"), false),
        ] {
            assert_eq!(supports_response_attachments(version), want, "{version:?}");
        }
    }

    #[test]
    fn numbers_are_those_of_java() {
        for (version, want) in
            [("2.0.2", 2_000_200), ("2.0.2.1", 2_000_201), ("2.8.4", 2_080_400), ("a", 10_000)]
        {
            assert_eq!(number(version), want, "{version}");
        }
    }
}
