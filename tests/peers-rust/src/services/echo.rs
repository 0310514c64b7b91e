//! `AllTypes`: every method returns its argument.

use std::sync::Arc;

use polydubbo::api::{MethodTable, ServiceConfig};
use polydubbo::codec::hessian::{Reader, Value, Writer};
use polydubbo::protocol::inbound::{InboundCall, ServiceHandler};
use polydubbo::{Error, ErrorCode, Service};
use serde_json::Value as Json;

use super::API;
use crate::Result;

pub(super) fn service() -> Result<Service> {
    let interface = format!("{API}AllTypes");
    let methods = methods(&interface)?;
    Ok(Service::raw(ServiceConfig::new(interface), methods, Arc::new(Echo)))
}

/// The methods that the scenario file uses: Java's reflection has no counterpart here.
fn methods(interface: &str) -> Result<MethodTable> {
    let file: Json = serde_json::from_str(include_str!("../../../matrix/scenarios.json"))?;
    let scenarios = file["scenarios"].as_array().into_iter().flatten();
    let cases =
        scenarios.filter(|scenario| scenario["service"] == interface).filter_map(|s| s["cases"].as_array());
    Ok(cases.flatten().fold(MethodTable::new(), |table, case| {
        match (case["method"].as_str(), case["descriptor"].as_str()) {
            (Some(method), Some(descriptor)) => table.with(method, descriptor),
            _ => table,
        }
    }))
}

struct Echo;

impl ServiceHandler for Echo {
    /// Decodes the argument and encodes it again, as a service that looked at it would.
    fn handle(&self, call: InboundCall) {
        let value: Value = match Reader::new(&call.arguments).read() {
            Ok(value) => value,
            Err(error) => {
                return call.responder.error(Error::new(ErrorCode::StatusBadRequest, error.to_string()));
            }
        };
        if value.is_null() {
            return call.responder.null();
        }
        let mut writer = Writer::new();
        match writer.value(&value).and_then(|()| writer.finish()) {
            Ok(encoded) => call.responder.value(encoded),
            Err(error) => call.responder.error(Error::new(ErrorCode::StatusBadResponse, error.to_string())),
        }
    }
}
