//! Calls as Dubbo's `dubbo` protocol makes and serves them.
//!
//! An [`Invoker`](invoker::Invoker) is one thing that can be called; a [`Leaf`](invoker::Leaf) is what a directory
//! holds for one provider; a [`DubboInvoker`](dubbo::DubboInvoker) calls one over the network. A
//! [`DubboServer`](server::DubboServer) is one port; an [`Exporter`](exporter::Exporter) is one service on it, whose
//! [`ServiceHandler`](inbound::ServiceHandler) takes each call together with the one place for its answer.

pub(crate) mod admission;
pub mod callback;
pub(crate) mod direct;
pub mod dubbo;
pub mod exporter;
pub mod failure;
pub mod generic;
pub mod inbound;
pub mod invoker;
pub mod method_table;
mod outcome;
pub(crate) mod recent;
pub mod server;
mod telnet;
pub mod throwable;
