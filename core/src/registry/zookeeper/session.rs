//! Keeps a ZooKeeper session alive: a new one whenever the old one ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::client::{Client, Connector, ZkError};
use crate::registry::backoff::Backoff;

/// One session; sessions of a registry are numbered from 1.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) generation: u64,
    pub(super) client: Arc<dyn Client>,
}

#[derive(Clone)]
enum Link {
    /// Not connected yet, or the session ended; with what went wrong last.
    Down(Option<ZkError>),
    Up(Session),
    Stopped,
}

/// The current session, shared by everything that works on it.
pub(super) struct Sessions {
    link: watch::Receiver<Link>,
    stop: watch::Sender<bool>,
    task: parking_lot::Mutex<Option<JoinHandle<()>>>,
}

impl Sessions {
    /// Starts to connect, on the current tokio runtime.
    pub(super) fn start(connector: Arc<dyn Connector>) -> Self {
        let (sender, link) = watch::channel(Link::Down(None));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(supervise(connector, sender, stopped));
        Self { link, stop, task: parking_lot::Mutex::new(Some(task)) }
    }

    /// A receiver of its own for a task.
    pub(super) fn follow(&self) -> Follower {
        Follower(self.link.clone())
    }

    /// True while there is a session whose server can be reached.
    pub(super) fn is_connected(&self) -> bool {
        matches!(&*self.link.borrow(), Link::Up(session) if session.client.is_connected())
    }

    /// Ends the session at the server and stops connecting.
    pub(super) async fn stop(&self) {
        self.stop.send_replace(true);
        let task = self.task.lock().take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// One task's view of the sessions.
pub(super) struct Follower(watch::Receiver<Link>);

impl Follower {
    /// The session to work on; waits while there is none. `None` after the registry was destroyed.
    pub(super) async fn session(&mut self) -> Option<Session> {
        let link = self.0.wait_for(|link| !matches!(link, Link::Down(_))).await.ok()?;
        match &*link {
            Link::Up(session) => Some(session.clone()),
            _ => None,
        }
    }

    /// As [`Follower::session`], but also ends with the error of connecting when waiting will not help.
    pub(super) async fn session_or_fault(&mut self) -> Result<Option<Session>, ZkError> {
        let settled = |link: &Link| match link {
            Link::Down(error) => error.as_ref().is_some_and(ZkError::is_final),
            Link::Up(_) | Link::Stopped => true,
        };
        let Ok(link) = self.0.wait_for(settled).await else { return Ok(None) };
        match &*link {
            Link::Up(session) => Ok(Some(session.clone())),
            Link::Down(Some(error)) => Err(error.clone()),
            Link::Down(None) | Link::Stopped => Ok(None),
        }
    }

    /// As [`Follower::session`], at most for `wait`; the error of the last attempt to connect otherwise.
    pub(super) async fn session_within(&mut self, wait: Duration) -> Result<Session, ZkError> {
        match tokio::time::timeout(wait, self.session_or_fault()).await {
            Ok(session) => session?.ok_or(ZkError::SessionEnded),
            Err(_) => Err(self.last_error()),
        }
    }

    /// What went wrong last while connecting.
    pub(super) fn last_error(&self) -> ZkError {
        match &*self.0.borrow() {
            Link::Down(Some(error)) => error.clone(),
            _ => ZkError::Other("not connected in time".to_owned()),
        }
    }

    /// Resolves when `session` is no longer the current one.
    pub(super) async fn replaced(&mut self, session: &Session) {
        let same = |link: &Link| matches!(link, Link::Up(now) if now.generation == session.generation);
        let _ = self.0.wait_for(|link| !same(link)).await;
    }
}

async fn supervise(connector: Arc<dyn Connector>, link: watch::Sender<Link>, stop: watch::Receiver<bool>) {
    let mut stopped = std::pin::pin!(stopped(stop));
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    let mut generation = 0;
    loop {
        let connected = tokio::select! {
            connected = connector.connect() => connected,
            () = &mut stopped => break,
        };
        let pause = match connected {
            Ok(client) => {
                generation += 1;
                link.send_replace(Link::Up(Session { generation, client: client.clone() }));
                let reason = tokio::select! {
                    reason = client.ended() => reason,
                    () = &mut stopped => {
                        link.send_replace(Link::Stopped);
                        client.close().await;
                        return;
                    }
                };
                tracing::warn!(address = connector.address(), %reason, "the ZooKeeper session ended, a new one is made");
                // Credentials that are refused stay refused: do not ask again at once.
                if reason != ZkError::AuthFailed {
                    backoff.reset();
                }
                link.send_replace(Link::Down(Some(reason)));
                backoff.pause()
            }
            Err(error) => {
                tracing::warn!(address = connector.address(), %error, "cannot connect to ZooKeeper, will try again");
                link.send_replace(Link::Down(Some(error)));
                backoff.pause()
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = &mut stopped => break,
        }
    }
    link.send_replace(Link::Stopped);
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
