//! Things that everybody on one tokio runtime shares, for as long as somebody uses them.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::runtime::Handle;

use crate::error::{Error, ErrorCode, Result};

/// Process, runtime and name: tasks end with their runtime and do not survive a fork.
type Key = (u32, String, String);

/// A table of shared things by name; it keeps none of them alive.
#[derive(Debug)]
pub(crate) struct PerRuntime<T>(Mutex<HashMap<Key, Weak<T>>>);

impl<T> Default for PerRuntime<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> PerRuntime<T> {
    /// The thing called `name` on the current runtime; made by `make` when nobody uses one.
    pub(crate) fn share(&self, name: &str, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let runtime = Handle::try_current().map_err(|_| {
            Error::new(ErrorCode::InvalidArgument, "this must be called inside a tokio runtime")
        })?;
        let key = (std::process::id(), runtime.id().to_string(), name.to_owned());
        let mut table = self.0.lock();
        table.retain(|_, shared| shared.strong_count() > 0);
        if let Some(shared) = table.get(&key).and_then(Weak::upgrade) {
            return Ok(shared);
        }
        let shared = Arc::new(make()?);
        table.insert(key, Arc::downgrade(&shared));
        Ok(shared)
    }

    /// Everything that is in use on this runtime.
    pub(crate) fn on(&self, runtime: &Handle) -> Vec<Arc<T>> {
        let (process, runtime) = (std::process::id(), runtime.id().to_string());
        let table = self.0.lock();
        let here = table.iter().filter(|((of_process, on, _), _)| *of_process == process && *on == runtime);
        here.filter_map(|(_, shared)| shared.upgrade()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn users_share_until_the_last_one_leaves() {
        let table = PerRuntime::default();
        let one = table.share("a", || Ok(1)).unwrap();
        assert!(Arc::ptr_eq(&one, &table.share("a", || Ok(2)).unwrap()));
        assert_eq!(*table.share("b", || Ok(3)).unwrap(), 3);
        assert_eq!(table.on(&Handle::current()), [Arc::clone(&one)], "the other one has left already");
        drop(one);
        assert_eq!(*table.share("a", || Ok(4)).unwrap(), 4);
    }

    #[test]
    fn nothing_is_shared_outside_of_a_runtime() {
        let error = PerRuntime::default().share("a", || Ok(1)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
}
