//! Dubbo's own *simple registry*: a Dubbo service that tells its clients of changes by calling them back.
//!
//! It needs no further server and speaks plain Dubbo protocol, so Java 2.7 applications use it with the
//! address `dubbo://host:9090`.

mod book;
mod java_url;
