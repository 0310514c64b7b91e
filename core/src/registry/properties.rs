//! Java's properties files: the cache file, the resolve file.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Reads a file of any entries, without a limit on their number: it is the user's own.
pub(super) fn read(path: &Path) -> io::Result<BTreeMap<String, String>> {
    let bytes = std::fs::read(path)?;
    // Properties files are ISO 8859-1, where each byte is a character.
    Ok(parse(&bytes.iter().copied().map(char::from).collect::<String>()))
}

/// Writes one line.
pub(super) fn push_entry(key: &str, value: &str, out: &mut String) {
    escape(key, true, out);
    out.push('=');
    escape(value, false, out);
    out.push('\n');
}

/// The format: comments, escapes, continued lines, `=`, `:` or blank as separator.
pub(super) fn parse(text: &str) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    let mut lines = text.split(['\n', '\r']).map(str::trim_start);
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        while ends_in_escape(&logical) {
            logical.pop();
            logical.push_str(lines.next().unwrap_or_default());
        }
        let (key, value) = split(&logical);
        entries.insert(unescape(key), unescape(value));
    }
    entries
}

fn ends_in_escape(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '=' | ':' | ' ' | '\t' => {
                let value = line[at..].trim_start_matches([' ', '\t']);
                let value = value.strip_prefix(['=', ':']).unwrap_or(value);
                return (&line[..at], value.trim_start_matches([' ', '\t']));
            }
            _ => {}
        }
    }
    (line, "")
}

fn unescape(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let plain = match c {
            '\\' => match chars.next() {
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    units.extend(u16::from_str_radix(&digits, 16));
                    continue;
                }
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('f') => '\u{c}',
                Some(other) => other,
                None => continue,
            },
            c => c,
        };
        units.extend_from_slice(plain.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&units)
}

/// In a key every blank is escaped, in a value only a leading one.
fn escape(text: &str, is_key: bool, out: &mut String) {
    for (index, unit) in text.encode_utf16().enumerate() {
        match char::from_u32(unit.into()) {
            Some(' ') if is_key || index == 0 => out.push_str("\\ "),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('\u{c}') => out.push_str("\\f"),
            Some(c @ ('\\' | '=' | ':' | '#' | '!')) => out.extend(['\\', c]),
            Some(c @ ' '..='~') => out.push(c),
            _ => out.push_str(&format!("\\u{unit:04X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_file_of_java_is_read() {
        let text = "#Dubbo Registry Cache\n#Fri Nov 20 12:00:00 UTC 2026\n\
            vip/com.acme.UserService\\:1.0.0=dubbo\\://10.0.0.1\\:20880/com.acme.UserService?a\\=1 \
            empty\\://10.0.0.2/com.acme.UserService?category\\=routers\n\
            ! more\n  a.B : \\u7528\\\n    x\nlonely\n";
        assert_eq!(
            parse(text),
            entries(&[
                (
                    "vip/com.acme.UserService:1.0.0",
                    "dubbo://10.0.0.1:20880/com.acme.UserService?a=1 empty://10.0.0.2/com.acme.UserService?category=routers"
                ),
                ("a.B", "用x"),
                ("lonely", ""),
            ])
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        let all = entries(&[("g/a.B:1", " x=1 #y!\\ é 用 😀\t"), ("k e y", "")]);
        let mut text = String::new();
        all.iter().for_each(|(key, value)| push_entry(key, value, &mut text));
        assert!(text.is_ascii());
        assert_eq!(parse(&text), all);
    }
}
