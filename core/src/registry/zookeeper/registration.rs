//! Keeps one URL published: one task per URL, which outlives sessions.

use std::future::ready;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::client::{Watch, ZkError};
use super::nodes;
use super::session::{Follower, Session};
use crate::registry::backoff::Backoff;

/// How long an owner waits before it restores its vanished node: another process with the same URL may
/// just be taking it over.
const RESTORE_DELAY: Duration = Duration::from_millis(300);

/// What is wanted of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// It shall exist.
    Present,
    /// It shall not exist; the task ends when that is so.
    Absent,
    /// It stays as it is; the task ends.
    Left,
}

/// A goal, numbered so that whoever sets it can tell when it was tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) number: u64,
    pub(super) goal: Goal,
    /// Until then failures that may pass by themselves are not reported.
    pub(super) patience: Instant,
}

/// How the order of that number went.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) number: u64,
    pub(super) outcome: Result<(), ZkError>,
}

/// Tells of the name of a sibling node whether it is a leftover of the same provider's former life.
pub(super) type IsStale = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// The work on one node.
pub(super) struct Registration {
    pub(super) path: String,
    pub(super) ephemeral: bool,
    pub(super) is_stale: Option<IsStale>,
    pub(super) sessions: Follower,
    pub(super) orders: watch::Receiver<Order>,
    pub(super) progress: watch::Sender<Progress>,
}

/// What the task knows about its node.
#[derive(Default)]
struct Node {
    /// Creation was tried at least once.
    may_exist: bool,
    /// The last session in which it was published, 0 before.
    owned_in: u64,
}

/// What a task does next.
enum Next {
    GoOn,
    End,
}

impl Registration {
    /// Works until the node is [`Goal::Absent`] or [`Goal::Left`], or the registry is gone.
    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        let mut node = Node::default();
        loop {
            let order = *self.orders.borrow_and_update();
            if order.goal == Goal::Left || (order.goal == Goal::Absent && !node.may_exist) {
                self.report(order, Ok(()));
                return;
            }
            let session = match self.session(order).await {
                Ok(Some(session)) => session,
                Ok(None) => continue,
                Err(()) => return,
            };
            let outcome = if order.goal == Goal::Absent {
                match nodes::delete(&*session.client, &self.path).await {
                    Ok(()) => {
                        self.report(order, Ok(()));
                        if self.orders.has_changed().unwrap_or(false) {
                            node = Node::default();
                            continue;
                        }
                        return;
                    }
                    Err(error) => Err(error),
                }
            } else {
                node.may_exist = true;
                let published = self.publish(&session, node.owned_in).await;
                if published.is_ok() {
                    node.owned_in = session.generation;
                }
                published
            };
            let next = match outcome {
                Ok(watch) => {
                    backoff.reset();
                    self.report(order, Ok(()));
                    self.stay(&session, watch).await
                }
                Err(error) => {
                    tracing::warn!(path = self.path, %error, "a registry node could not be written, will try again");
                    if error.is_final() || Instant::now() >= order.patience {
                        self.report(order, Err(error));
                    }
                    self.pause(&session, backoff.pause()).await
                }
            };
            if let Next::End = next {
                return;
            }
        }
    }

    /// The session to work on; `None` when the order changed meanwhile, an error when the task shall end.
    async fn session(&mut self, order: Order) -> Result<Option<Session>, ()> {
        let waiting = Instant::now() < order.patience;
        let fault = tokio::select! {
            session = self.sessions.session_or_fault() => match session {
                Ok(session) => return session.map(Some).ok_or(()),
                Err(fault) => fault,
            },
            changed = self.orders.changed() => return changed.map(|()| None).map_err(drop),
            () = tokio::time::sleep_until(order.patience), if waiting => self.sessions.last_error(),
        };
        self.report(order, Err(fault));
        tokio::select! {
            session = self.sessions.session() => session.map(Some).ok_or(()),
            changed = self.orders.changed() => changed.map(|()| None).map_err(drop),
        }
    }

    /// Creates the node, and takes it over from a session that is not ours if this is the first time in
    /// this session. Later it belongs to whoever took it.
    async fn publish(&self, session: &Session, former: u64) -> Result<Watch, ZkError> {
        let client = &*session.client;
        if former == 0
            && let Some(is_stale) = &self.is_stale
        {
            nodes::remove_stale(client, &self.path, is_stale).await;
        }
        let take_over = former != session.generation;
        loop {
            match nodes::create_with_parents(client, &self.path, self.ephemeral).await {
                Ok(()) => break,
                Err(ZkError::NodeExists) => {}
                Err(error) => return Err(error),
            }
            let ours = if self.ephemeral { client.session_id() } else { 0 };
            match client.owner(&self.path).await? {
                Some(owner) if owner == ours || !take_over => break,
                Some(_) => nodes::delete(client, &self.path).await?,
                None => {}
            }
        }
        let (owner, watch) = client.watch_owner(&self.path).await?;
        Ok(if owner.is_some() { watch } else { Box::pin(ready(())) })
    }

    /// Waits until there is something to do: the node vanished, the session ended, the order changed.
    async fn stay(&mut self, session: &Session, watch: Watch) -> Next {
        tokio::select! {
            () = watch => {}
            () = self.sessions.replaced(session) => return Next::GoOn,
            changed = self.orders.changed() => {
                if changed.is_ok() {
                    self.orders.mark_changed();
                }
                return changed.map_or(Next::End, |()| Next::GoOn);
            }
        }
        self.pause(session, RESTORE_DELAY).await
    }

    async fn pause(&mut self, session: &Session, pause: Duration) -> Next {
        tokio::select! {
            () = sleep(pause) => Next::GoOn,
            () = self.sessions.replaced(session) => Next::GoOn,
            changed = self.orders.changed() => changed.map_or(Next::End, |()| Next::GoOn),
        }
    }

    fn report(&self, order: Order, outcome: Result<(), ZkError>) {
        self.progress.send_replace(Progress { number: order.number, outcome });
    }
}
