//! Choosing one provider of many.

pub mod random;
pub mod weight;

/// The balancers that exist here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LoadBalance {
    /// Weighted random, Dubbo's default.
    #[default]
    Random,
}

impl LoadBalance {
    /// The balancer of that name. A provider may ask for one that does not exist here; calls must go on,
    /// so the default takes its place.
    #[must_use]
    pub fn named(name: Option<&str>) -> Self {
        match name {
            None | Some("random") => {}
            Some(name) => tracing::warn!(name, "this load balancer does not exist here, random is used"),
        }
        Self::Random
    }
}
