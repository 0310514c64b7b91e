use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use polydubbo::codec::hessian::Value;
use serde_json::Value as Json;
use tokio::task::JoinSet;

use crate::Result;
use crate::call::{Call, Listener, References};
use crate::expect;

/// One case: a single step, or several in order that may remember what they saw.
pub(crate) struct Case<'a> {
    shared: Arc<Shared>,
    test: &'a Json,
}

/// What the steps of a case share, also those that run at the same time.
struct Shared {
    references: References,
    service: String,
    parameters: BTreeMap<String, String>,
    run: String,
    memory: Mutex<HashMap<String, Value>>,
    listeners: Mutex<HashMap<String, Listener>>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(references: &References, scenario: &Json, test: &'a Json) -> Self {
        let mut parameters = parameters(scenario);
        parameters.extend(parameters_of(test));
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let shared = Shared {
            references: references.clone(),
            service: scenario["service"].as_str().unwrap_or_default().to_owned(),
            parameters,
            run: format!("{:x}", since.as_nanos()),
            memory: Mutex::default(),
            listeners: Mutex::default(),
        };
        Self { shared: Arc::new(shared), test }
    }

    pub(crate) async fn run(&self) -> Result<()> {
        let Some(steps) = self.test["steps"].as_array() else { return self.step(self.test).await };
        for step in steps {
            self.step(step).await?;
        }
        Ok(())
    }

    async fn step(&self, template: &Json) -> Result<()> {
        if let Some(count) = template["concurrent"].as_u64() {
            return self.concurrent(template, count).await;
        }
        let step = self.shared.fill(template, 0)?;
        if let Some(ms) = step["pause_ms"].as_u64() {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            return Ok(());
        }
        let limit = step["within_ms"].as_u64().map(Duration::from_millis);
        if let Some(id) = step["events"].as_str() {
            let listener = self.shared.listeners.lock().get(id).cloned().ok_or("nobody listens")?;
            return listener.expect(&step["expect"], limit.unwrap_or_default()).await;
        }
        match limit {
            Some(limit) => self.eventually(&step, limit).await,
            None => self.shared.call(&step).await,
        }
    }

    /// All at the same time, each filled with its own number.
    async fn concurrent(&self, template: &Json, count: u64) -> Result<()> {
        let mut calls = JoinSet::new();
        for index in 0..count {
            let (shared, step) = (Arc::clone(&self.shared), self.shared.fill(template, index)?);
            calls.spawn(async move { shared.call(&step).await });
        }
        while let Some(done) = calls.join_next().await {
            done??;
        }
        Ok(())
    }

    /// Repeats the call until it gives what is expected.
    async fn eventually(&self, step: &Json, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        loop {
            match self.shared.call(step).await {
                Err(_) if Instant::now() < end => tokio::time::sleep(Duration::from_millis(20)).await,
                outcome => return outcome,
            }
        }
    }
}

impl Shared {
    async fn call(&self, step: &Json) -> Result<()> {
        let call = Call::new(&self.service, step, &self.listeners)?;
        let mut parameters = self.parameters.clone();
        parameters.extend(parameters_of(step));
        let outcome = call.run(&self.references, &parameters).await?;
        expect::check(&step["expect"], &self.memory, &call, &outcome)
    }

    /// Puts the run and the number of a concurrent call in the place of their names.
    fn fill(&self, step: &Json, index: u64) -> Result<Json> {
        let text = step.to_string().replace("${run}", &self.run).replace("${index}", &index.to_string());
        Ok(serde_json::from_str(&text)?)
    }
}

fn parameters(json: &Json) -> BTreeMap<String, String> {
    parameters_of(json).collect()
}

/// The `reference` of a scenario, case or step.
fn parameters_of(json: &Json) -> impl Iterator<Item = (String, String)> {
    let entries = json["reference"].as_object().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
}
