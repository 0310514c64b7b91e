//! What we need from a ZooKeeper client: a trait with two implementations, the real one and one in memory.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorCode};
use crate::protocol::invoker::BoxFuture;

/// Resolves when the watched thing changed or the session ended.
pub(crate) type Watch = BoxFuture<'static, ()>;

/// Makes sessions.
pub(crate) trait Connector: Send + Sync + 'static {
    /// Establishes one new session; one attempt over all hosts, bounded in time.
    fn connect(&self) -> BoxFuture<'_, Result<Arc<dyn Client>, ZkError>>;

    /// The hosts, for messages.
    fn address(&self) -> &str;
}

/// One session. Short disconnections are the client's own business; when [`Client::ended`] resolves the
/// session is gone for good, with its ephemeral nodes and watches.
pub(crate) trait Client: Send + Sync + 'static {
    /// The number that the server gave to the session.
    fn session_id(&self) -> i64;

    /// True while the server can be reached.
    fn is_connected(&self) -> bool;

    /// Resolves when the session has ended.
    fn ended(&self) -> BoxFuture<'static, ZkError>;

    /// Creates a node without data; parents must exist.
    fn create<'a>(&'a self, path: &'a str, ephemeral: bool) -> BoxFuture<'a, Result<(), ZkError>>;

    /// Deletes a node of any version.
    fn delete<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(), ZkError>>;

    /// The session that owns a node (0 for a persistent one); `None` when there is no such node.
    fn owner<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Option<i64>, ZkError>>;

    /// The same, with a watch for creation and deletion.
    fn watch_owner<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(Option<i64>, Watch), ZkError>>;

    /// Names of the children.
    fn children<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<String>, ZkError>>;

    /// The same, with a watch for changes of the list.
    fn watch_children<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(Vec<String>, Watch), ZkError>>;

    /// Ends the session at the server, so that its ephemeral nodes vanish at once.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ZkError {
    /// There is no such node, or no such parent.
    NoNode,
    /// The chroot given in the address is missing.
    NoChroot,
    /// The node exists.
    NodeExists,
    /// The node has children.
    NotEmpty,
    /// The node's permissions exclude us.
    NoAuth,
    /// The server refused the credentials; ends the session.
    AuthFailed,
    /// The session has ended.
    SessionEnded,
    /// The connection broke: it is unknown whether the operation took place.
    ConnectionLoss,
    /// This process is a fork of one that had connected before.
    Forked,
    /// Anything else.
    Other(String),
}

impl fmt::Display for ZkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoNode => "no such node",
            Self::NoChroot => "the chroot given in the address does not exist: create that node first",
            Self::NodeExists => "the node exists",
            Self::NotEmpty => "the node has children",
            Self::NoAuth => "the node has an ACL that excludes us: configure the registry's username and password",
            Self::AuthFailed => "the server refused the credentials",
            Self::SessionEnded => "the session has ended",
            Self::ConnectionLoss => "the connection was lost",
            Self::Forked => {
                "this process was forked from one that had connected to ZooKeeper: connect only after the fork, or \
                 start the worker with the spawn or forkserver method"
            }
            Self::Other(text) => text,
        })
    }
}

impl std::error::Error for ZkError {}

impl ZkError {
    /// True when waiting will not help.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::NoChroot | Self::NoAuth | Self::AuthFailed | Self::Forked)
    }

    /// The library's error for a failed operation.
    pub(crate) fn into_error(self, text: String) -> Error {
        let code = match self {
            Self::NoAuth | Self::AuthFailed => ErrorCode::RegistryAuthFailed,
            Self::NoNode | Self::NoChroot | Self::NodeExists | Self::NotEmpty => ErrorCode::RegistryNode,
            Self::Forked => ErrorCode::Forked,
            Self::SessionEnded | Self::ConnectionLoss | Self::Other(_) => ErrorCode::RegistryUnavailable,
        };
        Error::new(code, text).caused_by(self)
    }
}
