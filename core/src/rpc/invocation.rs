//! One call as the consumer side sees it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::Attachments;

/// The identity of a method: its name and the descriptor of its parameter types.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Method {
    /// Java method name, for example `sayHello`.
    pub name: Box<str>,
    /// Erased parameter types in the JVM's notation without parentheses and result, for example
    /// `Ljava/lang/String;I`; empty for a method without parameters.
    pub descriptor: Box<str>,
    /// See [`Method::hash_of`].
    hash: usize,
}

impl Method {
    /// Creates the identity of a method; shared by all its calls.
    pub fn new(name: impl Into<Box<str>>, descriptor: impl Into<Box<str>>) -> Arc<Self> {
        let (name, descriptor) = (name.into(), descriptor.into());
        Arc::new(Self { hash: Self::hash_of(&name, &descriptor), name, descriptor })
    }

    /// The number of this method for tables of methods.
    pub(crate) fn hash(&self) -> usize {
        self.hash
    }

    /// A number for tables of methods: cheap, and different for most methods of a service.
    pub(crate) fn hash_of(name: &str, descriptor: &str) -> usize {
        let end = |text: &str| match text.as_bytes() {
            [.., a, b, c, d] => u32::from_le_bytes([*a, *b, *c, *d]),
            short => short.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)),
        };
        let mixed = end(name) ^ end(descriptor).rotate_left(9) ^ (name.len() << 3 ^ descriptor.len()) as u32;
        (mixed.wrapping_mul(0x9e37_79b1) >> 16) as usize
    }
}

/// The arguments of a call: one Hessian value per parameter, written with one set of tables.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    /// The encoded values, one after the other.
    pub bytes: Bytes,
    /// Number of values in `bytes`.
    pub count: usize,
}

/// What one call may override of its reference's settings.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    /// Time allowed for each attempt; the reference's `timeout` when absent.
    pub timeout: Option<Duration>,
    /// Further attempts after the first; the reference's `retries` when absent.
    pub retries: Option<u32>,
    /// Send without waiting for an answer (Dubbo's `return=false`).
    pub oneway: bool,
}

/// An object passed as a parameter, which the provider calls back over the same connection. Its encoded argument is null.
/// Made by [`CallbackService::argument`](crate::protocol::callback::CallbackService::argument).
#[derive(Clone)]
pub struct CallbackArgument {
    /// Position of the parameter, from 0.
    pub index: usize,
    /// The object; only the protocol knows its type.
    pub object: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for CallbackArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallbackArgument({})", self.index)
    }
}

/// One logical call. Retries share it: arguments are encoded once, and each attempt adds the
/// attachments of its provider to a copy of `attachments`.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The method called.
    pub method: Arc<Method>,
    /// Its encoded arguments.
    pub arguments: Arguments,
    /// Attachments set by the caller; the protocol adds its own keys while sending.
    pub attachments: Attachments,
    /// What this call overrides.
    pub options: CallOptions,
    /// Objects that the provider may call back; almost always empty.
    pub callbacks: Vec<CallbackArgument>,
}

impl Invocation {
    /// Creates a call without attachments and overrides.
    #[must_use]
    pub fn new(method: Arc<Method>, arguments: Arguments) -> Self {
        Self {
            method,
            arguments,
            attachments: Attachments::new(),
            options: CallOptions::default(),
            callbacks: Vec::new(),
        }
    }
}
