//! The last known lists on disk, for a start while the registry is down.
//!
//! Path and format are those of Dubbo Java, so that a Java process and one of ours can replace each other:
//! a properties file, the service key as key, the full strings of all URLs joined by blanks as value.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use crate::url::{Url, keys};

/// Bursts of notifications are written once, so long after the first.
const WRITE_DELAY: Duration = Duration::from_millis(500);

/// The cache of one registry.
#[derive(Debug)]
pub(crate) struct CacheFile {
    path: PathBuf,
    /// Write in the caller's task.
    immediately: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What this process wrote or wants to write.
    own: BTreeMap<String, String>,
    /// What the file held at start.
    loaded: BTreeMap<String, String>,
    write_pending: bool,
}

impl CacheFile {
    /// Opens the cache that `registry` asks for, if any: parameter `file`, else
    /// `~/.dubbo/dubbo-registry-{application}-{host}-{port}.cache`.
    pub(crate) fn open(registry: &Url) -> Option<Arc<Self>> {
        let wanted =
            registry.bool_param(keys::FILE_CACHE, true) && registry.bool_param(keys::FILE_CACHE_27, true);
        let path = match registry.value(keys::FILE) {
            Some(file) => PathBuf::from(file),
            None => default_path(registry, &std::env::home_dir()?),
        };
        wanted.then(|| Self::at(path, registry.bool_param(keys::SAVE_FILE, false)))
    }

    fn at(path: PathBuf, immediately: bool) -> Arc<Self> {
        let loaded = read(&path);
        Arc::new(Self { path, immediately, state: Mutex::new(State { loaded, ..State::default() }) })
    }

    /// The URLs stored for a service; those that do not parse are left out.
    pub(crate) fn load(&self, service_key: &str) -> Vec<Url> {
        let state = self.state.lock();
        let line = state.own.get(service_key).or_else(|| state.loaded.get(service_key));
        let urls = line.map(String::as_str).unwrap_or_default().split_whitespace();
        urls.filter_map(|text| Url::parse(text).ok()).collect()
    }

    /// Remembers a service's lists and writes the file soon.
    pub(crate) fn store(self: &Arc<Self>, service_key: &str, urls: &[Url]) {
        let line = urls.iter().map(Url::full_string).collect::<Vec<_>>().join(" ");
        let mut state = self.state.lock();
        state.own.insert(service_key.to_owned(), line);
        if self.immediately {
            drop(state);
            self.write();
        } else if !std::mem::replace(&mut state.write_pending, true) {
            let this = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(WRITE_DELAY).await;
                let _ = tokio::task::spawn_blocking(move || this.write()).await;
            });
        }
    }

    fn write(&self) {
        let own = {
            let mut state = self.state.lock();
            state.write_pending = false;
            state.own.clone()
        };
        if let Err(error) = self.replace_file(own) {
            tracing::warn!(path = %self.path.display(), %error, "Failed to save the registry cache file");
        }
    }

    /// Overlays the file with our entries: other processes keep theirs in it.
    fn replace_file(&self, own: BTreeMap<String, String>) -> io::Result<()> {
        if let Some(directory) = self.path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let mut entries = read(&self.path);
        entries.extend(own);
        let temporary = self.path.with_extension(format!("cache.{}.tmp", std::process::id()));
        std::fs::write(&temporary, format(&entries))?;
        std::fs::rename(&temporary, &self.path)
    }
}

fn default_path(registry: &Url, home: &Path) -> PathBuf {
    let application = registry.value(keys::APPLICATION).unwrap_or("null");
    let address = registry.address().replace(':', "-");
    home.join(".dubbo").join(format!("dubbo-registry-{application}-{address}.cache"))
}

/// An unreadable file is an empty one: the cache is a help, never a condition.
fn read(path: &Path) -> BTreeMap<String, String> {
    let bytes = std::fs::read(path).unwrap_or_default();
    // Properties files are ISO 8859-1, where each byte is a character.
    parse(&bytes.iter().copied().map(char::from).collect::<String>())
}

/// Java's properties format: comments, escapes, continued lines, `=`, `:` or blank as separator.
fn parse(text: &str) -> BTreeMap<String, String> {
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

fn format(entries: &BTreeMap<String, String>) -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut out = format!("#Dubbo Registry Cache\n#{seconds} s since 1970\n");
    for (key, value) in entries {
        escape(key, true, &mut out);
        out.push('=');
        escape(value, false, &mut out);
        out.push('\n');
    }
    out
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
        let text = format(&all);
        assert!(text.is_ascii() && text.starts_with("#Dubbo Registry Cache\n#"));
        assert_eq!(parse(&text), all);
    }

    #[test]
    fn entries_of_other_processes_survive() {
        let directory = std::env::temp_dir().join(format!("polydubbo-cache-{}", fastrand::u64(..)));
        let path = directory.join("x.cache");
        let [one, two] = [CacheFile::at(path.clone(), true), CacheFile::at(path.clone(), true)];
        let url = Url::parse("dubbo://h:1/a.B?x=1").unwrap();
        one.store("a.B", std::slice::from_ref(&url));
        two.store("c.D:1", &[Url::parse("empty://h/c.D?category=providers").unwrap()]);
        let later = CacheFile::at(path, true);
        assert_eq!(later.load("a.B"), [url]);
        assert_eq!(later.load("c.D:1").len(), 1);
        assert!(later.load("unknown").is_empty());
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn the_path_is_that_of_java() {
        let home = Path::new("/home/u");
        for (registry, want) in [
            ("zookeeper://h1:2181?application=app&backup=h2:2181", "dubbo-registry-app-h1-2181.cache"),
            ("zookeeper://h1:2181", "dubbo-registry-null-h1-2181.cache"),
        ] {
            let path = default_path(&Url::parse(registry).unwrap(), home);
            assert_eq!(path, home.join(".dubbo").join(want));
        }
        for off in ["file-cache=false", "file.cache=false"] {
            assert!(CacheFile::open(&Url::parse(&format!("zookeeper://h?{off}")).unwrap()).is_none());
        }
    }
}
