//! Values between JavaScript and Hessian2, in both directions.

pub(crate) mod build;
pub(crate) mod walk;
