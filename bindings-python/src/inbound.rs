//! A call that has arrived for a service written in Python.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use parking_lot::Mutex;
use polydubbo::api::CallbackProxy;
use polydubbo::api::hessian::{Reader, Refs};
use polydubbo::api::{
    Attachments, CallResponder, Error, ErrorCode, InboundCall as CoreCall, Method as CoreMethod, ResultKind,
    RpcResult,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::callback::Callback;
use crate::method::Method;
use crate::value::{Builder, Plan, written};
use crate::{attachments, errors};

/// One call. It is answered once; if nobody answers it, the caller learns that when the object goes.
#[pyclass(frozen, module = "polydubbo._native")]
pub(crate) struct InboundCall {
    #[pyo3(get)]
    method_index: usize,
    method: Arc<CoreMethod>,
    /// Objects of the caller that may be called back.
    callbacks: Vec<CallbackProxy>,
    /// Key of the service, `group/interface:version:port`.
    #[pyo3(get)]
    service: String,
    /// Address of the caller.
    #[pyo3(get)]
    peer: String,
    /// Our own end of the connection.
    #[pyo3(get)]
    local: String,
    attachments: Attachments,
    arguments: Bytes,
    deadline: Option<Instant>,
    responder: Mutex<Option<CallResponder>>,
}

impl InboundCall {
    pub(crate) fn new(call: CoreCall, method_index: usize) -> Self {
        Self {
            method_index,
            method: call.method,
            callbacks: call.callbacks,
            service: call.service.key().to_owned(),
            peer: call.remote.to_string(),
            local: call.local.to_string(),
            attachments: call.attachments,
            arguments: call.arguments,
            deadline: call.deadline,
            responder: Mutex::new(Some(call.responder)),
        }
    }

    fn responder(&self) -> PyResult<CallResponder> {
        self.responder.lock().take().ok_or_else(|| errors::internal("the call was answered already"))
    }

    /// Answers with what was encoded and the attachments of the service.
    fn answer(&self, kind: ResultKind, encoded: Bytes, reply: &Bound<'_, PyDict>) -> PyResult<()> {
        let mut own = Attachments::new();
        attachments::extend(&mut own, reply)?;
        let mut responder = self.responder()?;
        responder.attachments_mut().extend_from(&own);
        match kind {
            ResultKind::Null => responder.null(),
            _ => responder.outcome(Ok(RpcResult::new(kind, false, encoded))),
        }
        Ok(())
    }
}

#[pymethods]
impl InboundCall {
    /// What the caller attached.
    fn attachments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        attachments::to_dict(py, &self.attachments)
    }

    /// Seconds until the caller gives up, if it told.
    #[getter]
    fn remaining(&self) -> Option<f64> {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now()).as_secs_f64();
        self.deadline.map(left)
    }

    /// Name of the method.
    #[getter]
    fn method(&self) -> &str {
        &self.method.name
    }

    /// Descriptor of its parameters.
    #[getter]
    fn descriptor(&self) -> &str {
        &self.method.descriptor
    }

    /// The objects that may be called back: index of the parameter, whether the caller takes it back with this
    /// call, and the object.
    fn callbacks(&self) -> Vec<(usize, bool, Callback)> {
        let callbacks = self.callbacks.iter();
        callbacks.map(|proxy| (proxy.index, proxy.is_leaving, Callback::new(proxy.clone()))).collect()
    }

    /// The arguments as Python values.
    fn arguments<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, Method>,
        lossless: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let mut reader = Reader::new(&self.arguments);
        let mut builder = Builder::new(py, lossless)?;
        let mut refs = Refs::default();
        let values = PyList::empty(py);
        for _ in &method.get().params {
            let value = reader.build(&mut builder, &mut refs)?;
            values.append(value.object(py))?;
        }
        Ok(values)
    }

    /// Answers with a value.
    fn reply<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, Method>,
        value: &Bound<'py, PyAny>,
        reply: &Bound<'py, PyDict>,
    ) -> PyResult<()> {
        let plan = &method.get().returns;
        if value.is_none() || *plan == Plan::Void {
            return self.answer(ResultKind::Null, Bytes::new(), reply);
        }
        let encoded = encode(py, value, plan, "result")?;
        self.answer(ResultKind::Value, encoded, reply)
    }

    /// Answers that the method threw.
    fn throw<'py>(
        &self,
        py: Python<'py>,
        error: &Bound<'py, PyAny>,
        reply: &Bound<'py, PyDict>,
    ) -> PyResult<()> {
        let encoded = encode(py, error, &Plan::Any, "exception")?;
        self.answer(ResultKind::Exception, encoded, reply)
    }

    /// Refuses the call: the caller sees a failure of the transport, not an exception of the method.
    fn refuse(&self, code: u32, text: &str) -> PyResult<()> {
        let code = ErrorCode::from_number(code).unwrap_or(ErrorCode::StatusServiceError);
        self.responder()?.error(Error::new(code, text));
        Ok(())
    }
}

fn encode<'py>(py: Python<'py>, value: &Bound<'py, PyAny>, plan: &Plan, root: &str) -> PyResult<Bytes> {
    written(py, |walker| walker.write(value, plan).map_err(|fault| fault.raise(root)))
}
