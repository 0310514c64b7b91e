//! A provider as a user writes one: typed async methods, filters, the whole way through.
//!
//! It listens on all addresses, because a Java consumer takes 127.0.0.1 in a URL for the address of its host.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use polydubbo::codec::hessian::Value;
use polydubbo::typed::ServiceError;
use polydubbo::{Server, Service};
use polydubbo_micro::user::User;

use crate::body::INTERFACE;
use crate::server::{ServeArgs, announce, runtime};

/// Serves until the process ends.
pub(crate) fn serve(args: &ServeArgs) -> Result<()> {
    let (work, slow) = (args.work(), args.slow()?);
    runtime(args.threads)?.block_on(async {
        let echo = move |text: String| async move {
            work.spin();
            if let Some(pause) = slow.pause() {
                tokio::time::sleep(pause).await;
            }
            Ok::<_, ServiceError>(text)
        };
        let service = Service::builder(INTERFACE)
            .method("echo", echo)
            .method("createUser", async |user: User| Ok::<_, ServiceError>(user))
            // For callers that declare no class and send an object of any.
            .method("createUser", async |object: Value| Ok::<_, ServiceError>(object))
            .method("listUser", async |page: i32| Ok::<_, ServiceError>(users(page)))
            .method("echoMap", async |map: HashMap<String, Value>| Ok::<_, ServiceError>(map))
            .method("fail", fail)
            .build()?;
        let builder = Server::builder().port(args.port).service(service);
        let server = builder.start().await?;
        announce(server.local_addr().port());
        std::future::pending().await
    })
}

/// Fifteen users, made for each call as a Java provider does.
fn users(page: i32) -> Vec<User> {
    (0..15).map(|index| User::sample(i64::from(page) * 15 + index)).collect()
}

async fn fail(text: String) -> std::result::Result<String, ServiceError> {
    Err(ServiceError::Failed("IllegalState", text))
}

/// A share of the calls that takes long, as in any real service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slow {
    share: f64,
    pause: Duration,
}

impl Slow {
    pub(crate) const NONE: Self = Self { share: 0.0, pause: Duration::ZERO };

    /// Reads `1%:5ms`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (percent, pause) = text.split_once("%:")?;
        let ms: u64 = pause.strip_suffix("ms")?.parse().ok()?;
        let share = percent.parse::<f64>().ok().filter(|percent| (0.0..=100.0).contains(percent))? / 100.0;
        Some(Self { share, pause: Duration::from_millis(ms) })
    }

    /// How long this call waits, if it is one of the slow ones.
    fn pause(self) -> Option<Duration> {
        (self.share > 0.0 && fastrand::f64() < self.share).then_some(self.pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_slow_calls_is_read_from_text() {
        assert_eq!(Slow::parse("1%:5ms"), Some(Slow { share: 0.01, pause: Duration::from_millis(5) }));
        for bad in ["", "1%", "1:5ms", "101%:5ms", "1%:5s", "-1%:5ms"] {
            assert_eq!(Slow::parse(bad), None, "{bad}");
        }
        assert_eq!(Slow::NONE.pause(), None);
        assert_eq!(Slow { share: 1.0, ..Slow::NONE }.pause(), Some(Duration::ZERO));
    }
}
