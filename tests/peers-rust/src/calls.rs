//! Count mode: makes so many calls, keeps nothing of them, and says how far it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use polydubbo::{ErrorCode, Reference};
use serde_json::json;
use tokio::task::JoinSet;

use crate::Result;
use crate::call::References;
use crate::options::Options;
use crate::services::API;

/// How often the program says where it is.
const REPORTS: u64 = 50;

/// True if every call gave what it should.
pub(crate) async fn run(options: &Options) -> Result<bool> {
    let total: u64 = options.number("calls", 1000)?;
    let window: u64 = options.number("window", 32)?;
    let references = References::new(options)?;
    let service = references.get(&format!("{API}Behaviour"), &BTreeMap::new()).await?;
    let (next, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut workers = JoinSet::new();
    for _ in 0..window {
        let (service, next, failed) = (service.clone(), Arc::clone(&next), Arc::clone(&failed));
        workers.spawn(async move {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= total {
                    break;
                }
                if !one(&service, index).await {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                if (index + 1) % (total / REPORTS).max(1) == 0 {
                    println!("{}", json!({"calls": index + 1}));
                }
            }
        });
    }
    workers.join_all().await;
    let failed = failed.load(Ordering::Relaxed);
    println!("{}", json!({"done": true, "failed": failed}));
    references.close().await;
    Ok(failed == 0)
}

/// Every tenth call throws. True if the call went as it should.
async fn one(service: &Reference, index: u64) -> bool {
    let text = format!("n{index}");
    if index % 10 == 9 {
        let outcome = service.call("throwUnchecked").arg(text).invoke::<String>().await;
        return outcome.is_err_and(|error| error.code() == ErrorCode::RemoteException);
    }
    let want = format!("Hello, {text}");
    service.call("hello").arg(text).invoke::<String>().await.is_ok_and(|got| got == want)
}
