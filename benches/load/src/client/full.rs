//! Our client as a user has it: a reference with cluster, filters and typed calls; and the layer below it, to tell
//! what the upper one costs.

use std::sync::Arc;

use anyhow::{Result, bail};
use polydubbo::Reference;
use polydubbo::codec::hessian::{Reader, Writer};
use polydubbo::protocol::dubbo::{DubboInvoker, ReferOptions};
use polydubbo::rpc::{Arguments, Invocation, Method};
use polydubbo::url::Url;
use polydubbo_meter::{Caller, Point, closed};
use polydubbo_micro::user::User;

use crate::body::{INTERFACE, Shape, text};
use crate::client::{Task, runtime};

/// Typed calls on a reference.
pub(crate) fn run(task: &Task) -> Result<Point> {
    if !matches!(task.args.shape, Shape::Echo | Shape::Pojo) {
        bail!("a reference calls with --shape echo or --shape pojo");
    }
    runtime(task.args.threads)?.block_on(async {
        let builder = Reference::builder(INTERFACE).url(&url(task)).set("timeout", "10000");
        let reference = builder.set("connections", &task.args.connections.to_string()).build().await?;
        let schedule = task.args.schedule.clone();
        let callers = 0..task.args.in_flight;
        if task.args.shape == Shape::Pojo {
            let caller = |_| PojoCaller { reference: reference.clone(), user: User::sample(1) };
            return Ok(closed(schedule, callers.map(caller).collect()).await);
        }
        let text: Arc<str> = text(task.args.payload).into();
        let caller = |_| FullCaller { reference: reference.clone(), text: text.clone() };
        Ok(closed(schedule, callers.map(caller).collect()).await)
    })
}

fn url(task: &Task) -> String {
    format!("dubbo://{}/{INTERFACE}", task.address)
}

struct FullCaller {
    reference: Reference,
    text: Arc<str>,
}

impl Caller for FullCaller {
    async fn call(&mut self) -> bool {
        let answer = self.reference.call("echo").arg(&*self.text).invoke::<String>().await;
        answer.is_ok_and(|answer| answer.len() == self.text.len())
    }
}

struct PojoCaller {
    reference: Reference,
    user: User,
}

impl Caller for PojoCaller {
    async fn call(&mut self) -> bool {
        let answer = self.reference.call("createUser").arg(&self.user).invoke::<User>().await;
        answer.is_ok_and(|answer| answer.id == self.user.id)
    }
}

/// Calls on the invoker of one provider: the protocol layer without the cluster.
pub(crate) fn invoker(task: &Task) -> Result<Point> {
    if task.args.shape != Shape::Echo {
        bail!("an invoker calls with --shape echo");
    }
    runtime(task.args.threads)?.block_on(async {
        let url = Url::parse(&format!("{}?timeout=10000&connections={}", url(task), task.args.connections))?;
        let invoker = DubboInvoker::connect(url, &ReferOptions::default()).await?;
        let method = Method::new("echo", "Ljava/lang/String;");
        let text: Arc<str> = text(task.args.payload).into();
        let caller =
            |_| InvokerCaller { invoker: invoker.clone(), method: method.clone(), text: text.clone() };
        Ok(closed(task.args.schedule.clone(), (0..task.args.in_flight).map(caller).collect()).await)
    })
}

struct InvokerCaller {
    invoker: DubboInvoker,
    method: Arc<Method>,
    text: Arc<str>,
}

impl Caller for InvokerCaller {
    async fn call(&mut self) -> bool {
        let mut writer = Writer::new();
        writer.string(&self.text);
        let Ok(bytes) = writer.finish() else { return false };
        let arguments = Arguments { bytes, count: 1 };
        let answer = self.invoker.invoke(&Invocation::new(self.method.clone(), arguments)).await;
        let text = answer.ok().and_then(|result| Reader::new(result.body()).read::<String>().ok());
        text.is_some_and(|text| text.len() == self.text.len())
    }
}
