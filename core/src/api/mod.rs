//! The facade that the language bindings share, and the only part of the crate that they use.
//!
//! Everything here is a handle that clones cheaply, is `Send + Sync + 'static` and has an explicit, idempotent
//! `close`. A call is *submitted* and never blocks; its outcome arrives exactly once at a [`CompletionSink`].
//! Rust threads never run code of the host language: sinks and service handlers only push events into a [`Queue`],
//! which the host drains on a thread of its own.

mod completion;
mod event;
mod hosted;
mod log;
mod queue;
mod reference;
mod registry_server;
mod server;
mod wake;

/// How Java writes the parameter types of a method.
pub use crate::codec::descriptor;
/// Building values of the host language from Hessian bytes, and writing them: [`hessian::ValueBuilder`], [`hessian::Writer`].
pub use crate::codec::hessian;
pub use crate::config::{Parameters, ReferenceConfig, ServerConfig, ServiceConfig};
pub use crate::error::{Error, ErrorCode, Result};
pub use crate::protocol::callback::{CallbackProxy, CallbackService};
pub use crate::protocol::generic::descriptor_of;
pub use crate::protocol::inbound::{CallResponder, InboundCall, ServiceHandler};
pub use crate::protocol::method_table::MethodTable;
pub use crate::rpc::{
    Arguments, AttachmentValue, Attachments, CallOptions, CallbackArgument, Invocation, Method,
    RemoteThrowable, ResultKind, RpcResult,
};
pub use crate::runtime::{Runtime, RuntimeOptions, mark_forked};
pub use crate::server::ShutdownReport;
pub use crate::service::Service;
pub use crate::transport::polled;
pub use completion::{Completion, CompletionSink};
pub use event::{Event, EventQueue, HostService};
pub use hosted::HostedIo;
pub use log::{LogBatch, LogRecord, leave_log, listen_to_log, take_log};
pub use queue::{Queue, Wake};
pub use reference::{CallHandle, Reference};
pub use registry_server::RegistryServer;
pub use server::Server;
pub use wake::WakeFd;
