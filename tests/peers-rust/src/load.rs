use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use polydubbo::Reference;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::call::References;
use crate::options::Options;
use crate::services::API;
use crate::{Result, end_of_input};

/// Calls at a steady rate, then prints totals; true if no call failed.
pub(crate) async fn run(options: &Options) -> Result<bool> {
    let rate: u32 = options.number("load", 100)?;
    let seconds: u32 = options.number("seconds", 10)?;
    let work: i64 = options.number("work", 0)?;
    let references = References::new(options)?;
    let service = references.get(&format!("{API}Behaviour"), &BTreeMap::new()).await?;
    one(&service, 0, 0).await?;
    println!("READY");
    std::io::stdout().flush()?;

    let start = Instant::now() + Duration::from_millis(50);
    let mut calls = JoinSet::new();
    let mut stop = std::pin::pin!(end_of_input());
    for index in 0..rate * seconds {
        let due = start + Duration::from_secs(1) * index / rate;
        tokio::select! {
            () = tokio::time::sleep_until(due) => {}
            () = &mut stop => break,
        }
        let service = service.clone();
        calls.spawn(async move { (one(&service, index, work).await, due.elapsed()) });
    }
    let outcomes = calls.join_all().await;
    let mut latencies: Vec<u64> = outcomes.iter().map(|(_, latency)| latency.as_micros() as u64).collect();
    latencies.sort_unstable();
    let failures: Vec<String> =
        outcomes.iter().filter_map(|(outcome, _)| outcome.as_ref().err()).map(Arc::to_string).collect();
    let at = |quantile: f64| {
        let index = (latencies.len() as f64 * quantile) as usize;
        latencies.get(index.min(latencies.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    let line = json!({
        "calls": outcomes.len(), "succeeded": outcomes.len() - failures.len(), "failed": failures.len(),
        "p50_us": at(0.5), "p99_us": at(0.99), "max_us": at(1.0),
        "failures": failures.iter().take(20).collect::<Vec<_>>(),
    });
    println!("{line}");
    references.close().await;
    Ok(failures.is_empty())
}

async fn one(service: &Reference, index: u32, work: i64) -> std::result::Result<(), Arc<polydubbo::Error>> {
    let outcome = if work == 0 {
        service.call("hello").arg(format!("n{index}")).invoke::<String>().await.map(drop)
    } else {
        service.call("sleep").arg(work).invoke::<i64>().await.map(drop)
    };
    outcome.map_err(Arc::new)
}
