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

use super::properties;
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

    /// The cache for what `url` subscribes to. A provider asks for rules only, and its answer would take the place of the
    /// providers that a consumer of the same service found.
    pub(crate) fn of(cache: Option<&Arc<Self>>, url: &Url) -> Option<Arc<Self>> {
        cache.filter(|_| url.protocol() != "provider").cloned()
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
    properties::read(path).unwrap_or_default()
}

fn format(entries: &BTreeMap<String, String>) -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut out = format!("#Dubbo Registry Cache\n#{seconds} s since 1970\n");
    for (key, value) in entries {
        properties::push_entry(key, value, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let all = BTreeMap::from([("g/a.B:1".to_owned(), "dubbo://h:1/a.B?x=é empty://h".to_owned())]);
        let text = format(&all);
        assert!(text.is_ascii() && text.starts_with("#Dubbo Registry Cache\n#"));
        assert_eq!(properties::parse(&text), all);
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
