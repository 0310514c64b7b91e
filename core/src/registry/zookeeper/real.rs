//! The client of the crate `zookeeper-client`.
//!
//! It does its I/O on a thread of its own that lives as long as the process and does not survive a
//! `fork`. A child of a process that had connected would hang, so it is refused with the remedy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::timeout;
use zookeeper_client as zk;

use super::client::{Client, Connector, Watch, ZkError};
use crate::protocol::invoker::BoxFuture;

/// The process that started the client's I/O thread; 0 while nobody did.
static CONNECTED_IN: AtomicU32 = AtomicU32::new(0);

/// Where and how to connect.
#[derive(Debug, Clone)]
pub(super) struct RealConnector {
    /// `h1:2181,h2:2181[/chroot]`.
    pub(super) address: String,
    /// The session timeout to ask for; the server bounds it to 2 to 20 of its ticks.
    pub(super) session_timeout: Duration,
    /// How long one attempt over all hosts may take.
    pub(super) connect_timeout: Duration,
    /// `user:password` for the scheme `digest`.
    pub(super) digest: Option<String>,
    /// Create nodes that only we may change, as Dubbo 3.0.11 and later do with credentials.
    pub(super) creator_acl: bool,
    /// Version of servers that are too old to say (3.4).
    pub(super) server_version: Option<(u32, u32, u32)>,
}

impl Connector for RealConnector {
    fn connect(&self) -> BoxFuture<'_, Result<Arc<dyn Client>, ZkError>> {
        Box::pin(async move {
            check_process(&CONNECTED_IN, std::process::id())?;
            let mut connector =
                zk::Client::connector().with_session_timeout(self.session_timeout).with_fail_eagerly();
            if let Some(digest) = &self.digest {
                connector = connector.with_auth("digest", digest.as_bytes());
            }
            if let Some((major, minor, patch)) = self.server_version {
                connector = connector.with_server_version(major, minor, patch);
            }
            let client = timeout(self.connect_timeout, connector.connect(&self.address))
                .await
                .map_err(|_| ZkError::Other(format!("no answer within {:?}", self.connect_timeout)))??;
            tracing::info!(address = self.address, session = %client.session_id(),
                requested = ?self.session_timeout, negotiated = ?client.session_timeout(), "ZooKeeper session");
            Ok(Arc::new(RealClient::new(client, self.creator_acl)) as Arc<dyn Client>)
        })
    }

    fn address(&self) -> &str {
        &self.address
    }
}

fn check_process(connected_in: &AtomicU32, pid: u32) -> Result<(), ZkError> {
    match connected_in.compare_exchange(0, pid, Ordering::Relaxed, Ordering::Relaxed) {
        Err(other) if other != pid => Err(ZkError::Forked),
        _ => Ok(()),
    }
}

struct RealClient {
    /// Emptied by `close`: the session closes when the last clone is dropped.
    client: Mutex<Option<zk::Client>>,
    states: zk::StateWatcher,
    session_id: i64,
    creator_acl: bool,
}

impl RealClient {
    fn new(client: zk::Client, creator_acl: bool) -> Self {
        Self {
            states: client.state_watcher(),
            session_id: client.session_id().0,
            client: Mutex::new(Some(client)),
            creator_acl,
        }
    }

    fn client(&self) -> Result<zk::Client, ZkError> {
        self.client.lock().clone().ok_or(ZkError::SessionEnded)
    }

    fn wait_ended(&self) -> BoxFuture<'static, ZkError> {
        let mut states = self.states.clone();
        Box::pin(async move {
            let mut state = states.peek_state();
            while !state.is_terminated() {
                state = states.changed().await;
            }
            match state {
                zk::SessionState::AuthFailed => ZkError::AuthFailed,
                _ => ZkError::SessionEnded,
            }
        })
    }
}

impl Client for RealClient {
    fn session_id(&self) -> i64 {
        self.session_id
    }

    fn is_connected(&self) -> bool {
        let state = self.states.peek_state();
        matches!(state, zk::SessionState::SyncConnected | zk::SessionState::ConnectedReadOnly)
    }

    fn ended(&self) -> BoxFuture<'static, ZkError> {
        self.wait_ended()
    }

    fn create<'a>(&'a self, path: &'a str, ephemeral: bool) -> BoxFuture<'a, Result<(), ZkError>> {
        Box::pin(async move {
            let mode = if ephemeral { zk::CreateMode::Ephemeral } else { zk::CreateMode::Persistent };
            let acls = if self.creator_acl { zk::Acls::creator_all() } else { zk::Acls::anyone_all() };
            self.client()?.create(path, &[], &mode.with_acls(acls)).await?;
            Ok(())
        })
    }

    fn delete<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), ZkError>> {
        Box::pin(async move { Ok(self.client()?.delete(path, None).await?) })
    }

    fn owner<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<i64>, ZkError>> {
        Box::pin(async move {
            let stat = self.client()?.check_stat(path).await?;
            Ok(stat.map(|stat| stat.ephemeral_owner))
        })
    }

    fn watch_owner<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(Option<i64>, Watch), ZkError>> {
        Box::pin(async move {
            let (stat, watcher) = self.client()?.check_and_watch_stat(path).await?;
            Ok((stat.map(|stat| stat.ephemeral_owner), changed(watcher)))
        })
    }

    fn children<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<String>, ZkError>> {
        Box::pin(async move { Ok(self.client()?.list_children(path).await?) })
    }

    fn watch_children<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(Vec<String>, Watch), ZkError>> {
        Box::pin(async move {
            let (children, watcher) = self.client()?.list_and_watch_children(path).await?;
            Ok((children, changed(watcher)))
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // Dropping the last clone sends the close request; the state tells when it is done.
            drop(self.client.lock().take());
            self.wait_ended().await;
        })
    }
}

fn changed(watcher: zk::OneshotWatcher) -> Watch {
    Box::pin(async move { drop(watcher.changed().await) })
}

impl From<zk::Error> for ZkError {
    fn from(error: zk::Error) -> Self {
        match error {
            zk::Error::NoNode => Self::NoNode,
            zk::Error::NodeExists => Self::NodeExists,
            zk::Error::NotEmpty => Self::NotEmpty,
            zk::Error::NoAuth => Self::NoAuth,
            zk::Error::AuthFailed => Self::AuthFailed,
            zk::Error::SessionExpired | zk::Error::ClientClosed | zk::Error::SessionMoved => {
                Self::SessionEnded
            }
            zk::Error::ConnectionLoss => Self::ConnectionLoss,
            other => Self::Other(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_of_a_process_that_had_connected_is_refused() {
        let connected_in = AtomicU32::new(0);
        assert_eq!(check_process(&connected_in, 10), Ok(()));
        assert_eq!(check_process(&connected_in, 10), Ok(()));
        assert_eq!(check_process(&connected_in, 11), Err(ZkError::Forked));
    }
}
