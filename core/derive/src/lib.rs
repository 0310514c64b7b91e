//! The derive macro that maps Rust types to Java classes.
