//! Small operations on nodes, composed of what a client offers.

use super::client::{Client, Watch, ZkError};
use super::paths;

/// Creates a node, and its parents as persistent nodes where they are missing.
pub(super) async fn create_with_parents(
    client: &dyn Client,
    path: &str,
    ephemeral: bool,
) -> Result<(), ZkError> {
    match client.create(path, ephemeral).await {
        Err(ZkError::NoNode) => {}
        outcome => return outcome,
    }
    for parent in paths::parents(path) {
        match client.create(parent, false).await {
            Ok(()) | Err(ZkError::NodeExists) => {}
            Err(ZkError::NoNode) => return Err(ZkError::NoChroot),
            Err(error) => return Err(error),
        }
    }
    client.create(path, ephemeral).await
}

/// Deletes a node; one that does not exist is as good as deleted.
pub(super) async fn delete(client: &dyn Client, path: &str) -> Result<(), ZkError> {
    match client.delete(path).await {
        Err(ZkError::NoNode) => Ok(()),
        outcome => outcome,
    }
}

/// Lists and watches a directory; creates it when it is missing, as Java's consumers do.
pub(super) async fn watch_directory(
    client: &dyn Client,
    path: &str,
) -> Result<(Vec<String>, Watch), ZkError> {
    match client.watch_children(path).await {
        Err(ZkError::NoNode) => {}
        outcome => return outcome,
    }
    match create_with_parents(client, path, false).await {
        Ok(()) | Err(ZkError::NodeExists) => client.watch_children(path).await,
        Err(error) => Err(error),
    }
}

/// Removes what a former life of the same provider left behind: its session may live on for up to 40 s.
/// Failures are only logged, the nodes vanish by themselves.
pub(super) async fn remove_stale(client: &dyn Client, path: &str, is_stale: &(dyn Fn(&str) -> bool + Sync)) {
    let Some((directory, own)) = path.rsplit_once('/') else { return };
    let Ok(names) = client.children(directory).await else { return };
    for name in names.iter().filter(|name| *name != own && is_stale(name)) {
        let sibling = format!("{directory}/{name}");
        let foreign = client.owner(&sibling).await;
        if matches!(foreign, Ok(Some(owner)) if owner != 0 && owner != client.session_id()) {
            let outcome = delete(client, &sibling).await;
            tracing::info!(node = name, ?outcome, "removed a node of this provider's former life");
        }
    }
}
