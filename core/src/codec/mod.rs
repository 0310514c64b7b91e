//! Bytes on the wire: frames, request and response bodies, and Hessian2. Knows no socket and no clock.

pub(crate) mod attachments;
pub mod descriptor;
pub mod frame;
pub mod frames;
pub mod hessian;
pub mod pieces;
pub mod request;
pub mod response;
pub mod version;
