//! Calls as Dubbo's `dubbo` protocol makes and serves them.
//!
//! An [`Invoker`](invoker::Invoker) is one thing that can be called; a [`Leaf`](invoker::Leaf) is
//! what a directory holds for one provider.

pub mod failure;
pub mod invoker;
pub mod method_table;
