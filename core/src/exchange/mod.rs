//! Requests and responses over connections: what Dubbo calls the exchange layer.
//!
//! [`Client`] is one logical connection to a provider: it connects, reconnects, keeps alive and
//! carries calls. [`ServerListener`] accepts connections and hands the calls that arrive to a
//! [`Handler`]. A [`Channel`] is one TCP connection of either, and can call in both directions.
//! Bodies are bytes here; what they mean is the business of the protocol above.
//!
//! The state of a connection is one structure without socket, clock or runtime behind one mutex.
//! Callers append to its buffer and wait in its slots; one task owns the socket, writes the buffer
//! with one system call for many callers, and wakes the callers of all responses of one read.

mod body;
mod call;
mod channel;
mod client;
pub(crate) mod clock;
mod connection;
mod counters;
pub mod dispatch;
mod driver;
mod inbound;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod link;
mod outbound;
mod outcome;
mod port;
mod replies;
mod request;
mod server;
mod shared;
mod slots;
mod supervise;
mod text;
mod timers;

pub(crate) use body::Parts;
pub use body::{Body, MAX_SEGMENTS};
pub(crate) use call::Begun;
pub use call::{Call, CallId, Complete};
pub use channel::{Channel, Coalesce, ConnectionOptions};
pub use client::{Client, ClientOptions};
pub use outcome::Response;
pub use port::{FIRST_BYTES, PortProtocol, Recognition};
pub use request::{Arrivals, Handler, Incoming, Request, Responder};
pub use server::{ServerListener, ServerOptions};

#[cfg(test)]
mod tests;
