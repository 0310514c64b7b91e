//! Bytes on the wire: frames, request and response bodies, and Hessian2. Knows no socket and no clock.

pub mod descriptor;
pub mod hessian;
pub mod version;
