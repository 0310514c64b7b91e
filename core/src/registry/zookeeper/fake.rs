//! A ZooKeeper in memory: nodes, sessions, one-shot watches, and whatever goes wrong with them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::pending;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};

use super::client::{Client, Connector, Watch, ZkError};
use super::paths;
use crate::protocol::invoker::BoxFuture;

/// The server; clones share it.
#[derive(Clone, Default)]
pub(super) struct FakeServer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Path and owner (0: persistent).
    nodes: BTreeMap<String, i64>,
    node_watches: HashMap<String, Vec<oneshot::Sender<()>>>,
    child_watches: HashMap<String, Vec<oneshot::Sender<()>>>,
    sessions: HashMap<i64, watch::Sender<bool>>,
    last_session: i64,
    refuse: Option<ZkError>,
    forbidden: HashSet<String>,
    fail_next: Vec<ZkError>,
    log: Vec<String>,
}

impl FakeServer {
    /// Connections fail while set.
    pub(super) fn refuse(&self, refuse: bool) {
        self.refuse_with(refuse.then(|| ZkError::Other("connection refused".to_owned())));
    }

    pub(super) fn refuse_with(&self, error: Option<ZkError>) {
        self.0.lock().refuse = error;
    }

    /// Operations on `path` and below fail with `NoAuth`.
    pub(super) fn forbid(&self, path: &str) {
        self.0.lock().forbidden.insert(path.to_owned());
    }

    /// The next operation takes place but its answer is lost.
    pub(super) fn fail_next(&self, error: ZkError) {
        self.0.lock().fail_next.push(error);
    }

    /// Ends every session: ephemeral nodes vanish.
    pub(super) fn expire_all(&self) {
        let sessions: Vec<_> = self.0.lock().sessions.keys().copied().collect();
        sessions.into_iter().for_each(|id| self.end(id));
    }

    /// Ends every session, but leaves the nodes to the server's session timeout.
    pub(super) fn lose_all_sessions_keeping_nodes(&self) {
        self.0.lock().sessions.clear();
    }

    pub(super) fn sessions(&self) -> usize {
        self.0.lock().sessions.len()
    }

    /// Creates a node as another client does.
    pub(super) fn put(&self, path: &str, owner: i64) {
        let mut state = self.0.lock();
        for parent in paths::parents(path) {
            state.nodes.entry(parent.to_owned()).or_insert(0);
        }
        state.insert(path, owner);
    }

    pub(super) fn remove(&self, path: &str) {
        self.0.lock().remove(path);
    }

    pub(super) fn owner(&self, path: &str) -> Option<i64> {
        self.0.lock().nodes.get(path).copied()
    }

    pub(super) fn children(&self, path: &str) -> Vec<String> {
        self.0.lock().children(path)
    }

    /// What clients did, as `create /a`.
    pub(super) fn log(&self) -> Vec<String> {
        self.0.lock().log.clone()
    }

    fn end(&self, id: i64) {
        let mut state = self.0.lock();
        state.sessions.remove(&id);
        let owned: Vec<_> =
            state.nodes.iter().filter(|(_, owner)| **owner == id).map(|(path, _)| path.clone()).collect();
        owned.iter().for_each(|path| state.remove(path));
    }
}

impl State {
    fn insert(&mut self, path: &str, owner: i64) {
        self.nodes.insert(path.to_owned(), owner);
        self.fire(path);
    }

    fn remove(&mut self, path: &str) {
        self.nodes.remove(path);
        self.fire(path);
    }

    fn fire(&mut self, path: &str) {
        self.node_watches.remove(path);
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.child_watches.remove(parent);
        }
    }

    fn children(&self, path: &str) -> Vec<String> {
        let prefix = format!("{path}/");
        let below = self.nodes.keys().filter_map(|node| node.strip_prefix(&prefix));
        below.filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }
}

impl Connector for FakeServer {
    fn connect(&self) -> BoxFuture<'_, Result<Arc<dyn Client>, ZkError>> {
        Box::pin(async move {
            let mut state = self.0.lock();
            if let Some(error) = &state.refuse {
                return Err(error.clone());
            }
            state.last_session += 1;
            let id = state.last_session;
            let (alive, ended) = watch::channel(true);
            state.sessions.insert(id, alive);
            Ok(Arc::new(FakeClient { server: self.clone(), id, ended }) as Arc<dyn Client>)
        })
    }

    fn address(&self) -> &str {
        "fake:2181"
    }
}

struct FakeClient {
    server: FakeServer,
    id: i64,
    ended: watch::Receiver<bool>,
}

impl FakeClient {
    fn act<T>(
        &self,
        what: &str,
        path: &str,
        action: impl FnOnce(&mut State) -> Result<T, ZkError>,
    ) -> BoxFuture<'static, Result<T, ZkError>>
    where
        T: Send + 'static,
    {
        let mut state = self.server.0.lock();
        let outcome = if !state.sessions.contains_key(&self.id) {
            Err(ZkError::SessionEnded)
        } else if state.forbidden.iter().any(|node| path.starts_with(node.as_str())) {
            Err(ZkError::NoAuth)
        } else {
            state.log.push(format!("{what} {path}"));
            let outcome = action(&mut state);
            match state.fail_next.pop() {
                Some(error) => Err(error),
                None => outcome,
            }
        };
        Box::pin(async move {
            tokio::task::yield_now().await;
            outcome
        })
    }

    fn watch(&self, fired: oneshot::Receiver<()>) -> Watch {
        let ended = self.ended();
        Box::pin(async move {
            tokio::select! {
                _ = fired => {}
                _ = ended => {}
            }
        })
    }
}

impl Client for FakeClient {
    fn session_id(&self) -> i64 {
        self.id
    }

    fn is_connected(&self) -> bool {
        self.server.0.lock().sessions.contains_key(&self.id)
    }

    fn ended(&self) -> BoxFuture<'static, ZkError> {
        let mut ended = self.ended.clone();
        Box::pin(async move {
            // The sender lives as long as the session.
            while ended.changed().await.is_ok() {}
            ZkError::SessionEnded
        })
    }

    fn create<'a>(&'a self, path: &'a str, ephemeral: bool) -> BoxFuture<'a, Result<(), ZkError>> {
        let owner = if ephemeral { self.id } else { 0 };
        self.act("create", path, |state| {
            let parent = path.rsplit_once('/').map(|(parent, _)| parent).unwrap_or_default();
            if state.nodes.contains_key(path) {
                return Err(ZkError::NodeExists);
            }
            if !parent.is_empty() && !state.nodes.contains_key(parent) {
                return Err(ZkError::NoNode);
            }
            state.insert(path, owner);
            Ok(())
        })
    }

    fn delete<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), ZkError>> {
        self.act("delete", path, |state| {
            if !state.nodes.contains_key(path) {
                return Err(ZkError::NoNode);
            }
            state.remove(path);
            Ok(())
        })
    }

    fn owner<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<i64>, ZkError>> {
        self.act("owner", path, |state| Ok(state.nodes.get(path).copied()))
    }

    fn watch_owner<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(Option<i64>, Watch), ZkError>> {
        let (fire, fired) = oneshot::channel();
        let watch = self.watch(fired);
        self.act("watch", path, |state| {
            state.node_watches.entry(path.to_owned()).or_default().push(fire);
            Ok((state.nodes.get(path).copied(), watch))
        })
    }

    fn children<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<String>, ZkError>> {
        self.act("list", path, |state| {
            if state.nodes.contains_key(path) { Ok(state.children(path)) } else { Err(ZkError::NoNode) }
        })
    }

    fn watch_children<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(Vec<String>, Watch), ZkError>> {
        let (fire, fired) = oneshot::channel();
        let watch = self.watch(fired);
        self.act("list", path, |state| {
            if !state.nodes.contains_key(path) {
                return Err(ZkError::NoNode);
            }
            state.child_watches.entry(path.to_owned()).or_default().push(fire);
            Ok((state.children(path), watch))
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.server.end(self.id);
        Box::pin(async {})
    }
}

/// A connector whose attempts never end.
pub(super) struct Silent;

impl Connector for Silent {
    fn connect(&self) -> BoxFuture<'_, Result<Arc<dyn Client>, ZkError>> {
        Box::pin(pending())
    }

    fn address(&self) -> &str {
        "silent:2181"
    }
}
