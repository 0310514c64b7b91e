//! Connections shared by all references to one provider.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::client::{Client, ClientOptions};
use super::request::Handler;
use crate::error::Result;

/// Hands out connections: shared ones per `host:port`, or exclusive ones. Clones are the same pool.
#[derive(Clone, Default)]
pub struct ClientPool(Arc<Mutex<HashMap<Key, Arc<Entry>>>>);

type Key = (String, u16);

/// The connections to one address, and how many references use them.
#[derive(Default)]
struct Entry {
    clients: OnceCell<Arc<[Client]>>,
    references: AtomicUsize,
}

/// Dubbo's parameters for the number of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionCount {
    /// `connections`: so many for this reference alone; 0: shared ones.
    pub connections: u32,
    /// `shareconnections`: so many are shared. The first reference to an address decides; a later,
    /// larger number does not add any.
    pub share_connections: u32,
}

impl Default for ConnectionCount {
    /// One connection, shared.
    fn default() -> Self {
        Self { connections: 0, share_connections: 1 }
    }
}

impl ClientPool {
    /// A pool without connections.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Connections to the address of `options`. When they are shared and exist, the options and the
    /// handler of the first reference stay in force.
    ///
    /// # Errors
    ///
    /// Those of [`Client::connect`].
    pub async fn acquire(
        &self,
        options: &ClientOptions,
        count: ConnectionCount,
        handler: Option<Arc<dyn Handler>>,
    ) -> Result<Connections> {
        if count.connections > 0 {
            let clients = connect(options, count.connections, handler).await?;
            return Ok(Connections { clients, next: AtomicUsize::new(0), lease: None });
        }
        // Released again when connecting fails or is given up.
        let lease = self.lease((options.host.clone(), options.port));
        let connecting = || connect(options, count.share_connections.max(1), handler);
        let clients = lease.entry.clients.get_or_try_init(connecting).await?.clone();
        Ok(Connections { clients, next: AtomicUsize::new(0), lease: Some(lease) })
    }

    fn lease(&self, key: Key) -> Lease {
        let mut entries = self.0.lock();
        let entry = entries.entry(key.clone()).or_default().clone();
        entry.references.fetch_add(1, Ordering::Relaxed);
        Lease { pool: self.clone(), key, entry }
    }
}

impl fmt::Debug for ClientPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientPool").field("addresses", &self.0.lock().len()).finish()
    }
}

async fn connect(
    options: &ClientOptions,
    count: u32,
    handler: Option<Arc<dyn Handler>>,
) -> Result<Arc<[Client]>> {
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(Client::connect(options.clone(), handler.clone()).await?);
    }
    Ok(clients.into())
}

/// One reference's use of shared connections.
struct Lease {
    pool: ClientPool,
    key: Key,
    entry: Arc<Entry>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Counted under the lock of the table, so nobody finds an entry that is about to leave it.
        let mut entries = self.pool.0.lock();
        if self.entry.references.fetch_sub(1, Ordering::Relaxed) == 1 {
            entries.remove(&self.key);
        }
    }
}

/// The connections that one reference uses. Dropping it releases them; shared ones are closed with
/// the last reference.
pub struct Connections {
    clients: Arc<[Client]>,
    next: AtomicUsize,
    lease: Option<Lease>,
}

impl Connections {
    /// All of them; never empty.
    #[must_use]
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// The one for the next call: each in its turn, whatever its state, as in Dubbo.
    #[must_use]
    pub fn next(&self) -> &Client {
        match &*self.clients {
            [only] => only,
            clients => &clients[self.next.fetch_add(1, Ordering::Relaxed) % clients.len()],
        }
    }

    /// True when at least one is connected and its provider did not announce its end.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.clients.iter().any(|client| client.is_connected() && !client.is_read_only())
    }

    /// Releases the connections. If nobody else uses them they are closed, each after its calls in
    /// flight have ended or `timeout` has passed.
    pub async fn close(self, timeout: Duration) {
        let Self { clients, lease, .. } = self;
        let entry = lease.as_ref().map(|lease| lease.entry.clone());
        drop(lease);
        let shared = entry.is_some_and(|entry| entry.references.load(Ordering::Relaxed) > 0);
        if shared {
            return;
        }
        let closing: Vec<_> = clients
            .iter()
            .cloned()
            .map(|client| tokio::spawn(async move { client.close(timeout).await }))
            .collect();
        for closed in closing {
            // A failure here is the end of the runtime, which closes the connections as well.
            let _ = closed.await;
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("clients", &self.clients).finish_non_exhaustive()
    }
}
