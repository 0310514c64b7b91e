//! Values: Python objects to Hessian bytes and back, with no tree in between.

mod build;
mod calendar;
mod classes;
mod codec;
mod container;
mod declared;
mod fault;
mod host;
mod mapping;
mod object;
mod plan;
mod scalar;
mod spec;
mod throwable;
mod walk;

pub(crate) use build::Builder;
pub(crate) use codec::{decode, encode, forget_mappings, written};
pub(crate) use plan::Plan;
pub(crate) use spec::ClassSpec;
use walk::Walker;
