//! The services that every provider of the matrix has.

mod behaviour;
mod echo;

use polydubbo::Service;

use crate::Result;

/// Prefix of the interfaces and classes of the matrix.
pub(crate) const API: &str = "io.polydubbo.peer.api.";

/// Both services, and one of them again under a group and a version.
pub(crate) fn all() -> Result<Vec<Service>> {
    Ok(vec![echo::service()?, behaviour::service("", "")?, behaviour::service("blue", "2.0.0")?])
}
