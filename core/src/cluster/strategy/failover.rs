//! Dubbo's default strategy: try another provider.
//!
//! A plain caller awaits [`Failover::invoke`]. A binding that wants no task for a call that succeeds at once
//! uses the pieces: [`Failover::pick`], its own submission, and [`Failover::after_failure`].
//!
//! Exceptions of the called method are results and never retried. Attempts share the invocation, which is
//! never changed: each provider's attachments go into that attempt's bytes only. Calls retry in every mode;
//! Java does not retry asynchronous ones.
//!
//! A request that was certainly not executed (the provider's pool refused it, the service was not there, the
//! leaf had just been destroyed) goes to another provider even if `retries` is used up: at most
//! [`SAFE_RETRIES`] times and only while an untried provider is left.

mod call;

use std::fmt::Write as _;
use std::future::poll_fn;
use std::sync::Arc;

pub(crate) use self::call::FailoverCall;
use crate::cluster::RELEASE;
use crate::cluster::directory::{Directory, Provider};
use crate::cluster::select::Selector;
use crate::error::{Error, ErrorCode, Result};
use crate::rpc::{Invocation, RpcResult};

/// How many further attempts a call gets for requests that were certainly not executed.
pub const SAFE_RETRIES: u32 = 3;

/// The memory of one call: who was tried, and what the last of them said. Creating it allocates nothing.
#[derive(Debug, Default)]
pub struct Attempts {
    tried: Vec<Arc<Provider>>,
    safe_retries: u32,
    last: Option<Error>,
}

impl Attempts {
    /// Providers that failed, in order.
    #[must_use]
    pub fn tried(&self) -> &[Arc<Provider>] {
        &self.tried
    }

    /// `[h1:20880, h2:20880]`, each once.
    fn addresses(&self) -> (String, usize) {
        let mut seen: Vec<&str> = Vec::new();
        for provider in &self.tried {
            if !seen.contains(&provider.address()) {
                seen.push(provider.address());
            }
        }
        (format!("[{}]", seen.join(", ")), seen.len())
    }
}

/// What follows a failed attempt.
#[derive(Debug)]
pub enum Verdict {
    /// Pick again and call.
    Retry,
    /// Give up; the error tells about all attempts.
    Fail(Error),
}

/// The cluster invoker with retries.
#[derive(Debug)]
pub struct Failover {
    directory: Arc<Directory>,
    selector: Selector,
}

impl Failover {
    /// Calls the providers of `directory`.
    #[must_use]
    pub fn new(directory: Arc<Directory>) -> Self {
        Self { directory, selector: Selector::default() }
    }

    /// The providers.
    #[must_use]
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// True when a call would find a connected provider.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.directory.is_available()
    }

    /// Calls, and retries as often as the method's `retries` (or the call's own) allows.
    ///
    /// # Errors
    ///
    /// Those of [`Failover::pick`] and [`Failover::after_failure`].
    pub async fn invoke(&self, invocation: &Invocation) -> Result<RpcResult> {
        let mut call = FailoverCall::new(self);
        poll_fn(|cx| call.poll(invocation, cx)).await
    }

    /// Continues a call whose first attempts were made elsewhere.
    ///
    /// # Errors
    ///
    /// As [`Failover::invoke`].
    pub async fn resume(&self, invocation: &Invocation, mut attempts: Attempts) -> Result<RpcResult> {
        let provider = self.pick(invocation, &mut attempts)?;
        self.attempt(invocation, attempts, provider).await
    }

    /// Calls `provider`, and others after it should that fail.
    async fn attempt(
        &self,
        invocation: &Invocation,
        mut attempts: Attempts,
        mut provider: Arc<Provider>,
    ) -> Result<RpcResult> {
        loop {
            match provider.leaf().invoke(invocation).await {
                Ok(result) => {
                    self.report_success(invocation, &attempts, &provider);
                    return Ok(result);
                }
                Err(error) => match self.after_failure(invocation, &mut attempts, provider, error) {
                    Verdict::Retry => provider = self.pick(invocation, &mut attempts)?,
                    Verdict::Fail(error) => return Err(error),
                },
            }
        }
    }

    /// Chooses the provider for the next attempt from the providers known now. No lock, no allocation.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Forbidden`], [`ErrorCode::NoInvokerAvailable`] or, after the directory was destroyed,
    /// [`ErrorCode::Unknown`], with Dubbo's texts; the error of the last attempt is their cause.
    pub fn pick(&self, invocation: &Invocation, attempts: &mut Attempts) -> Result<Arc<Provider>> {
        self.choose(invocation, &attempts.tried).map_err(|error| match attempts.last.take() {
            Some(last) => error.caused_by(last),
            None => error,
        })
    }

    fn choose(&self, invocation: &Invocation, tried: &[Arc<Provider>]) -> Result<Arc<Provider>> {
        let method = &*invocation.method.name;
        let snapshot = self.directory.list(method)?;
        let check = self.directory.available_check();
        Ok(self.selector.select(&snapshot, snapshot.plan(method), tried, check))
    }

    /// Records a failed attempt and decides whether another follows.
    ///
    /// The error of a call that gives up has the code of the last failure and Dubbo's text, which names
    /// the providers tried; errors that no other provider could cure are returned as they are.
    pub fn after_failure(
        &self,
        invocation: &Invocation,
        attempts: &mut Attempts,
        provider: Arc<Provider>,
        error: Error,
    ) -> Verdict {
        if !is_retryable(error.code()) {
            return Verdict::Fail(error);
        }
        attempts.tried.push(provider);
        let snapshot = self.directory.snapshot();
        let retries =
            invocation.options.retries.unwrap_or_else(|| snapshot.plan(&invocation.method.name).retries);
        let made = attempts.tried.len() as u32 - attempts.safe_retries;
        let untried =
            || snapshot.providers().iter().any(|p| !attempts.tried.iter().any(|tried| tried.is_same(p)));
        if made <= retries {
            attempts.last = Some(error);
            return Verdict::Retry;
        }
        if attempts.safe_retries < SAFE_RETRIES && was_not_executed(&error) && untried() {
            attempts.safe_retries += 1;
            attempts.last = Some(error);
            return Verdict::Retry;
        }
        Verdict::Fail(self.give_up(invocation, attempts, snapshot.providers().len(), error))
    }

    /// Logs a success after failures, as Dubbo does; nothing otherwise.
    pub fn report_success(&self, invocation: &Invocation, attempts: &Attempts, provider: &Provider) {
        if attempts.tried.is_empty() {
            return;
        }
        let (addresses, count) = attempts.addresses();
        tracing::warn!(
            "Although retry the method {} in the service {} was successful by the provider {}, but there have been \
             failed providers {addresses} ({count}/{}) from the registry {} on the consumer {} using the dubbo \
             version {RELEASE}. Last error is: {}",
            invocation.method.name,
            self.directory.consumer().interface(),
            provider.address(),
            self.directory.snapshot().providers().len(),
            self.directory.registry_address(),
            self.directory.consumer().host(),
            attempts.last.as_ref().map_or("", |error| error.message()),
        );
    }

    fn give_up(&self, invocation: &Invocation, attempts: &Attempts, total: usize, last: Error) -> Error {
        let (addresses, count) = attempts.addresses();
        let mut text = format!(
            "Failed to invoke the method {} in the service {}. Tried {} times of the providers {addresses} \
             ({count}/{total}) from the registry {}",
            invocation.method.name,
            self.directory.consumer().interface(),
            attempts.tried.len(),
            self.directory.registry_address(),
        );
        let _ = write!(
            text,
            " on the consumer {} using the dubbo version {RELEASE}. Last error is: {}",
            self.directory.consumer().host(),
            last.message()
        );
        Error::new(last.code(), text).caused_by(last)
    }
}

/// Everything that Java's `RpcException` covers save a business failure; not the caller's own mistakes.
fn is_retryable(code: ErrorCode) -> bool {
    match code {
        ErrorCode::Biz | ErrorCode::TimeoutTerminate => false,
        ErrorCode::Closed | ErrorCode::InFlightLimit => true,
        code => matches!(code.number(), 1..=199),
    }
}

/// True when the provider surely did not run the method.
fn was_not_executed(error: &Error) -> bool {
    match error.code() {
        ErrorCode::StatusThreadPoolExhausted | ErrorCode::Closed => true,
        code => {
            matches!(code.number(), 2 | 100..=199) && error.message().contains("Not found exported service")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::directory::StaticDirectory;
    use crate::cluster::testing::{Fakes, url};
    use crate::rpc::{Arguments, Method};

    fn failover(consumer: &str, hosts: &[&str]) -> (Failover, Fakes) {
        let fakes = Fakes::default();
        let urls: Vec<_> = hosts.iter().map(|host| url(&format!("dubbo://{host}/a.B"))).collect();
        let directory = StaticDirectory::build(url(consumer), &urls, &fakes.factory()).unwrap();
        (Failover::new(directory), fakes)
    }

    fn call() -> Invocation {
        Invocation::new(Method::new("hi", ""), Arguments::default())
    }

    #[tokio::test]
    async fn another_provider_is_tried_after_a_failure() {
        let (failover, fakes) = failover("consumer://c/a.B", &["h:1", "h:2", "h:3"]);
        fakes.fail("h:1", ErrorCode::Network, "broken");
        fakes.fail("h:2", ErrorCode::Timeout, "slow");
        for _ in 0..50 {
            failover.invoke(&call()).await.unwrap();
        }
        assert_eq!(fakes.calls("h:3"), 50);
    }

    #[tokio::test]
    async fn giving_up_tells_who_was_tried() {
        let (failover, fakes) = failover("consumer://10.0.0.9/a.B?hi.retries=1", &["h:1", "h:2"]);
        for host in ["h:1", "h:2"] {
            fakes.fail(host, ErrorCode::StatusServerError, "dispatch failed");
        }
        let error = failover.invoke(&call()).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::StatusServerError);
        let rest = format!(
            " (2/2) from the registry h:1 on the consumer 10.0.0.9 using the dubbo version {RELEASE}. Last error \
             is: dispatch failed"
        );
        let want = ["[h:1, h:2]", "[h:2, h:1]"].map(|list| {
            format!("Failed to invoke the method hi in the service a.B. Tried 2 times of the providers {list}{rest}")
        });
        assert!(want.iter().any(|want| want == error.message()), "{}", error.message());
    }

    #[tokio::test]
    async fn the_number_of_attempts_follows_retries() {
        for (consumer, own, want) in [
            ("consumer://c/a.B", None, 3),
            ("consumer://c/a.B?retries=0", None, 1),
            ("consumer://c/a.B?retries=5", None, 6),
            ("consumer://c/a.B?retries=5&hi.retries=1", None, 2),
            ("consumer://c/a.B?retries=5", Some(0), 1),
        ] {
            let (failover, fakes) = failover(consumer, &["h:1", "h:2"]);
            fakes.fail("h:1", ErrorCode::Network, "x");
            fakes.fail("h:2", ErrorCode::Network, "x");
            let mut invocation = call();
            invocation.options.retries = own;
            failover.invoke(&invocation).await.unwrap_err();
            assert_eq!(fakes.calls("h:1") + fakes.calls("h:2"), want, "{consumer} {own:?}");
        }
    }

    #[tokio::test]
    async fn failures_that_no_provider_cures_end_the_call() {
        for (code, calls) in [
            (ErrorCode::Biz, 1),
            (ErrorCode::TimeoutTerminate, 1),
            (ErrorCode::Cancelled, 1),
            (ErrorCode::InvalidArgument, 1),
            (ErrorCode::Forked, 1),
            (ErrorCode::Unknown, 3),
            (ErrorCode::LimitExceeded, 3),
            (ErrorCode::StatusChannelInactive, 3),
        ] {
            let (failover, fakes) = failover("consumer://c/a.B", &["h:1"]);
            fakes.fail("h:1", code, "x");
            let error = failover.invoke(&call()).await.unwrap_err();
            assert_eq!((error.code(), fakes.calls("h:1")), (code, calls));
        }
    }

    #[tokio::test]
    async fn requests_that_were_not_executed_go_elsewhere_even_without_retries() {
        for (code, message) in [
            (ErrorCode::StatusThreadPoolExhausted, "server is shutting down"),
            (ErrorCode::StatusServiceError, "Not found exported service: a.B in []"),
            (ErrorCode::Closed, "destroyed"),
        ] {
            let (failover, fakes) = failover("consumer://c/a.B?retries=0", &["h:1", "h:2"]);
            fakes.fail("h:1", code, message);
            for _ in 0..20 {
                failover.invoke(&call()).await.unwrap();
            }
            fakes.fail("h:2", code, message);
            let before = fakes.calls("h:1") + fakes.calls("h:2");
            failover.invoke(&call()).await.unwrap_err();
            assert_eq!(fakes.calls("h:1") + fakes.calls("h:2") - before, 2, "each provider once");
        }
    }

    #[tokio::test]
    async fn safe_retries_are_bounded() {
        let hosts = ["h:1", "h:2", "h:3", "h:4", "h:5", "h:6"];
        let (failover, fakes) = failover("consumer://c/a.B?retries=0", &hosts);
        for host in hosts {
            fakes.fail(host, ErrorCode::StatusThreadPoolExhausted, "full");
        }
        failover.invoke(&call()).await.unwrap_err();
        assert_eq!(hosts.iter().map(|host| fakes.calls(host)).sum::<usize>(), 1 + SAFE_RETRIES as usize);
    }

    #[tokio::test]
    async fn a_destroyed_directory_ends_the_call() {
        let (failover, _) = failover("consumer://c/a.B", &["h:1"]);
        failover.directory().destroy();
        let error = failover.invoke(&call()).await.unwrap_err();
        assert!(error.message().contains("already destroyed"));
        assert!(!failover.is_available());
    }
}
