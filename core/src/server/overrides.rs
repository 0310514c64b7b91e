//! Rules of operators for what this server offers.
//!
//! As in Java, a provider subscribes to the category `configurators` of its own service. A rule that changes its URL
//! (`executes`, `weight`, `token`, ...) exports the service anew with the changed one and publishes that.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::Inner;
use crate::cluster::configurator::Configurators;
use crate::registry::NotifyListener;
use crate::url::{Url, keys};

/// Follows the rules for one service.
pub(super) struct Overrides {
    server: Weak<Inner>,
    /// What is published without rules.
    original: Url,
    /// The newest rules; whoever carries them out takes what is there by then.
    rules: Mutex<Configurators>,
}

impl Overrides {
    pub(super) fn new(server: &Arc<Inner>, original: Url) -> Arc<Self> {
        Arc::new(Self { server: Arc::downgrade(server), original, rules: Mutex::default() })
    }

    /// What a provider asks its registry for. Rules are a help: the service is offered whether or not they can be read.
    pub(super) fn subscription(&self) -> Url {
        let url = self.original.clone().with_protocol("provider");
        url.with_param(keys::CATEGORY, keys::CONFIGURATORS).with_param(keys::CHECK, "false")
    }

    /// What is to be published by the rules of the moment.
    pub(super) fn url(&self) -> Url {
        self.rules.lock().apply(self.original.clone(), self.original.host())
    }
}

impl NotifyListener for Overrides {
    fn notify(&self, urls: &[Url]) {
        *self.rules.lock() = Configurators::new(urls);
        if let Some(server) = self.server.upgrade() {
            tokio::spawn(async move { server.publication.lock().await.follow_rules(&server).await });
        }
    }
}
