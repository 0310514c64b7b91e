//! Hessian2 against the vectors that all languages share, and against bytes that nobody should send.

mod derived;
mod hostile;
mod tagged;
mod vectors;
