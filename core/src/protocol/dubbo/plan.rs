//! What is known about the calls of a method before they are made.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::codec::pieces::Pieces;
use crate::codec::request::RequestTemplate;
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::Parts;
use crate::once_map::OnceMap;
use crate::protocol::callback;
use crate::protocol::outcome::encode_error;
use crate::rpc::{AttachmentValue, Attachments, Invocation, Method};
use crate::url::Url;

/// Dubbo's default of `timeout`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);
/// Methods remembered; a caller that makes up names pays for each call instead of filling the memory.
const MAX_PLANS: usize = 1024;

/// The plans of one reference, by method.
#[derive(Debug)]
pub(super) struct Plans {
    url: Url,
    application: String,
    known: OnceMap<(Arc<Method>, Plan)>,
}

/// A plan that is kept, or that was made for one call because too many are kept already.
#[derive(Debug)]
pub(super) enum PlanRef<'a> {
    Known(&'a Plan),
    Fresh(Box<Plan>),
}

impl Deref for PlanRef<'_> {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        match self {
            Self::Known(plan) => plan,
            Self::Fresh(plan) => plan,
        }
    }
}

/// The settings of a method and the encoded parts of its requests.
#[derive(Debug)]
pub(super) struct Plan {
    template: RequestTemplate,
    service: Box<str>,
    timeout: Duration,
    /// `return=false`.
    oneway: bool,
    /// `sent=true`: a one-way call waits until it is written.
    sent: bool,
    /// `async=true`: calls are numbered in the attachment `id`.
    numbered: bool,
    /// `enable-timeout-countdown=true`: the provider is told how long the caller waits.
    countdown: bool,
    callbacks: Vec<(usize, bool)>,
}

/// A call that is ready to be sent.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub(super) pieces: Pieces<'a>,
    pub(super) timeout: Duration,
}

impl Prepared<'_> {
    pub(super) fn parts(&self) -> Parts<'_> {
        Parts::new(self.pieces.all())
    }
}

/// How a call without an answer is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Oneway {
    /// Wait until it is written.
    pub(super) sent: bool,
}

impl Plans {
    pub(super) fn new(url: &Url, application: &str) -> Self {
        Self { url: url.clone(), application: application.to_owned(), known: OnceMap::default() }
    }

    /// The plan of a method, made at its first call.
    pub(super) fn of(&self, method: &Arc<Method>) -> Result<PlanRef<'_>> {
        let hash = method.hash();
        let is = |(known, _): &(Arc<Method>, Plan)| Arc::ptr_eq(known, method) || known == method;
        if let Some((_, plan)) = self.known.find(hash, is) {
            return Ok(PlanRef::Known(plan));
        }
        let plan = Plan::new(&self.url, &self.application, method)?;
        if self.known.len() >= MAX_PLANS {
            return Ok(PlanRef::Fresh(Box::new(plan)));
        }
        let (_, plan) = self.known.find_or_insert(hash, is, || (Arc::clone(method), plan));
        Ok(PlanRef::Known(plan))
    }
}

impl Plan {
    fn new(url: &Url, application: &str, method: &Method) -> Result<Self> {
        let name = &*method.name;
        let timeout = url.method_millis(name, "timeout", DEFAULT_TIMEOUT);
        let version = url.value("version").unwrap_or("0.0.0");
        let constants = constants(url, application, timeout);
        let template =
            RequestTemplate::new(url.interface(), Some(version), method, constants).map_err(encode_error)?;
        Ok(Self {
            template,
            service: url.interface().into(),
            timeout,
            oneway: !url.method_bool(name, "return", true),
            sent: url.method_bool(name, "sent", false),
            numbered: url.method_bool(name, "async", false)
                || url.method_bool(name, "invocationid.autoattach", false),
            countdown: url.method_bool(name, "enable-timeout-countdown", false),
            callbacks: callback::declared_by_method(url).remove(name).unwrap_or_default(),
        })
    }

    pub(super) fn callbacks(&self) -> &[(usize, bool)] {
        &self.callbacks
    }

    /// How a call is sent that wants no answer; `None` for all others.
    pub(super) fn oneway(&self, invocation: &Invocation) -> Option<Oneway> {
        let is_oneway = invocation.options.oneway
            || self.oneway
            || invocation.attachments.text("return").is_some_and(|value| value == "false");
        is_oneway.then_some(Oneway { sent: self.sent })
    }

    /// Makes the request of one call. `attachments` are those of the call.
    pub(super) fn prepare<'a>(
        &'a self,
        invocation: &'a Invocation,
        attachments: &Attachments,
    ) -> Result<Prepared<'a>> {
        let timeout = self.timeout(invocation, attachments)?;
        let pieces = if self.is_plain(timeout) {
            self.template.encode(&invocation.arguments, attachments)
        } else {
            let mut attachments = attachments.clone();
            self.add(&mut attachments, timeout);
            self.template.encode(&invocation.arguments, &attachments)
        };
        let pieces = pieces.map_err(encode_error)?;
        Ok(Prepared { pieces, timeout })
    }

    /// True when calls carry nothing but the constant attachments and their own.
    fn is_plain(&self, timeout: Duration) -> bool {
        timeout == self.timeout && !self.numbered && !self.countdown
    }

    fn add(&self, attachments: &mut Attachments, timeout: Duration) {
        let ms = timeout.as_millis();
        if timeout != self.timeout {
            attachments.set("timeout", ms.to_string());
        }
        if self.countdown || attachments.get("_TO").is_some() {
            attachments.set("_TO", AttachmentValue::Int(i32::try_from(ms).unwrap_or(i32::MAX)));
        }
        if self.numbered {
            static NEXT: AtomicU64 = AtomicU64::new(0);
            if attachments.get("id").is_none() {
                attachments.set("id", NEXT.fetch_add(1, Ordering::Relaxed).to_string());
            }
        }
    }

    /// The call's own timeout, else its attachment `timeout`, else the method's; never more than what an inherited
    /// countdown (`_TO`) leaves.
    fn timeout(&self, invocation: &Invocation, attachments: &Attachments) -> Result<Duration> {
        let attached =
            || attachments.text("timeout")?.parse().ok().filter(|ms| *ms > 0).map(Duration::from_millis);
        let chosen = invocation.options.timeout.or_else(attached).unwrap_or(self.timeout);
        let Some(AttachmentValue::Int(left)) = attachments.get("_TO") else { return Ok(chosen) };
        match u64::try_from(*left) {
            Ok(left) if left > 0 => Ok(chosen.min(Duration::from_millis(left))),
            _ => {
                let (service, method) = (&self.service, &invocation.method.name);
                let text = format!(
                    "No time left for making the following call: {service}.{method}, terminate directly."
                );
                Err(Error::new(ErrorCode::TimeoutTerminate, text))
            }
        }
    }
}

/// The attachments that every call of a method carries.
fn constants(url: &Url, application: &str, timeout: Duration) -> Attachments {
    let mut constants = Attachments::new();
    constants.set("path", url.path().to_owned());
    if !application.is_empty() {
        constants.set("remote.application", application.to_owned());
    }
    constants.set("interface", url.interface().to_owned());
    constants.set("version", url.value("version").unwrap_or("0.0.0").to_owned());
    for key in ["group", "token"] {
        if let Some(value) = url.value(key) {
            constants.set(key, value.to_owned());
        }
    }
    if let Some(mode) = url.value("generic").filter(|mode| *mode != "false") {
        constants.set("generic", mode.to_owned());
    }
    constants.set("timeout", timeout.as_millis().to_string());
    constants
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::hessian::Limits;
    use crate::codec::request::RequestHead;
    use crate::rpc::Arguments;

    /// What became of a call: its timeout, whether and how it is one-way, its attachments.
    type Made = (Duration, Option<Oneway>, Attachments);

    fn prepare(query: &str, change: impl FnOnce(&mut Invocation)) -> Result<Made> {
        let url = Url::parse(&format!("dubbo://h:1/demo.Foo?interface=demo.Foo&{query}")).expect("url");
        let plans = Plans::new(&url, "cons");
        let mut invocation = Invocation::new(Method::new("hello", ""), Arguments::default());
        change(&mut invocation);
        let plan = plans.of(&invocation.method)?;
        let prepared = plan.prepare(&invocation, &invocation.attachments)?;
        let body = bytes::Bytes::from(prepared.pieces.concat());
        let request =
            RequestHead::decode(&body, Limits::DEFAULT).and_then(RequestHead::finish).expect("own request");
        let attachments = request.attachments.to_attachments(|_| true);
        Ok((prepared.timeout, plan.oneway(&invocation), attachments))
    }

    #[test]
    fn attachments_are_those_of_a_java_consumer() {
        let (_, _, found) =
            prepare("group=g1&version=1.0.0&token=tok&timeout=2000", |_| {}).expect("prepares");
        let found: Vec<_> =
            found.iter().map(|(key, value)| (key, value.as_text().unwrap_or_default())).collect();
        let want = [
            ("path", "demo.Foo"),
            ("remote.application", "cons"),
            ("interface", "demo.Foo"),
            ("version", "1.0.0"),
            ("group", "g1"),
            ("token", "tok"),
            ("timeout", "2000"),
        ];
        assert_eq!(found, want);
    }

    #[test]
    fn the_timeout_is_that_of_the_call_else_of_the_method_else_one_second() {
        let own = |ms| move |i: &mut Invocation| i.options.timeout = Some(Duration::from_millis(ms));
        for (query, change, want) in [
            ("x=y", Box::new(|_: &mut Invocation| {}) as Box<dyn FnOnce(&mut Invocation)>, 1000),
            ("timeout=2000", Box::new(|_| {}), 2000),
            ("timeout=2000&hello.timeout=50", Box::new(|_| {}), 50),
            ("timeout=2000", Box::new(own(70)), 70),
            ("timeout=2000", Box::new(|i| i.attachments.set("timeout", "80")), 80),
            ("timeout=2000", Box::new(|i| i.attachments.set("_TO", AttachmentValue::Int(90))), 90),
        ] {
            let (timeout, _, attachments) = prepare(query, change).expect("prepares");
            assert_eq!(timeout, Duration::from_millis(want), "{query}");
            assert_eq!(attachments.text("timeout"), Some(&*want.to_string()), "{query}");
        }
    }

    #[test]
    fn a_spent_countdown_ends_the_call_before_it_is_sent() {
        let spent = |i: &mut Invocation| i.attachments.set("_TO", AttachmentValue::Int(0));
        let error = prepare("x=y", spent).expect_err("no time left");
        assert_eq!(error.code(), ErrorCode::TimeoutTerminate);
        assert_eq!(
            error.message(),
            "No time left for making the following call: demo.Foo.hello, terminate directly."
        );
    }

    #[test]
    fn switches_of_the_method_show_in_the_request() {
        let (_, oneway, attachments) = prepare("enable-timeout-countdown=true", |_| {}).expect("prepares");
        assert_eq!(attachments.get("_TO"), Some(&AttachmentValue::Int(1000)));
        assert!(oneway.is_none());
        let (_, _, attachments) = prepare("hello.async=true", |_| {}).expect("prepares");
        assert!(attachments.text("id").is_some_and(|id| id.parse::<u64>().is_ok()));
        for query in ["hello.return=false&sent=true", "return=false&sent=true"] {
            let (_, oneway, _) = prepare(query, |_| {}).expect("prepares");
            assert!(oneway.is_some_and(|oneway| oneway.sent), "{query}");
        }
        let (_, oneway, _) = prepare("x=y", |i| i.attachments.set("return", "false")).expect("prepares");
        assert!(oneway.is_some_and(|oneway| !oneway.sent));
        let (_, _, attachments) = prepare("generic=true", |_| {}).expect("prepares");
        assert_eq!(attachments.text("generic"), Some("true"));
    }
}
