//! Values between JavaScript and Hessian2, in both directions.

pub(crate) mod hand_over;
pub(crate) mod layer;
pub(crate) mod plan;
mod pool;
mod shapes;
pub(crate) mod walk;
