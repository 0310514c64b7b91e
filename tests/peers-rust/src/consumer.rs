use std::time::Instant;

use serde_json::{Value as Json, json};

use crate::Result;
use crate::call::References;
use crate::case::Case;
use crate::options::Options;

/// Runs the cases of the scenario file, prints one line for each; true if none failed.
pub(crate) async fn run(options: &Options) -> Result<bool> {
    let file: Json = serde_json::from_str(&std::fs::read_to_string(options.require("scenarios")?)?)?;
    let wanted = options.get("scenario").unwrap_or("all");
    let references = References::new(options)?;
    let (mut passed, mut failed) = (0, 0);
    for scenario in file["scenarios"].as_array().into_iter().flatten() {
        if wanted != "all" && scenario["name"] != wanted {
            continue;
        }
        for test in scenario["cases"].as_array().into_iter().flatten() {
            let start = Instant::now();
            let outcome = Case::new(&references, scenario, test).run().await;
            let detail = outcome.as_ref().map_or_else(ToString::to_string, |()| String::new());
            let line = json!({
                "scenario": scenario["name"], "case": test["name"], "ok": outcome.is_ok(), "detail": detail,
                "ms": start.elapsed().as_millis() as u64,
            });
            println!("{line}");
            *(if outcome.is_ok() { &mut passed } else { &mut failed }) += 1;
        }
    }
    println!("{}", json!({"done": true, "passed": passed, "failed": failed}));
    references.close().await;
    Ok(failed == 0 && passed > 0)
}
