//! Hessian2 against the vectors that all languages share, and against bytes that nobody should send.

mod derived;
mod hostile;
mod jdk;
mod tagged;
mod vectors;
