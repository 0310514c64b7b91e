//! Starts the real things that PolyDubbo is tested against, each as a child process of its own:
//! a ZooKeeper server, unmodified Dubbo Java applications, and the peer programs of every language.
//!
//! Shared by `xtask` and by the Rust tests. Blocking, std only: a test that runs in an async runtime calls it from
//! outside, or from `spawn_blocking`.
//!
//! ```no_run
//! use test_support::{Launch, Role, ZooKeeper, kind};
//!
//! let zookeeper = ZooKeeper::start()?;
//! let provider = Launch::new(kind("java-2.7.23")?, Role::Provider).registry(&zookeeper.url()).start()?;
//! println!("dubbo://127.0.0.1:{}", provider.port());
//! # Ok::<(), test_support::Failure>(())
//! ```
//!
//! Every process dies with the value that owns it. Peers also end when the test itself is killed, because their standard
//! input does; a ZooKeeper server, which does not read it, has to be ended by hand then. What they print is kept in
//! `target/peer-logs`.
#![forbid(unsafe_code)]

mod failure;
mod kinds;
mod launch;
mod maven;
mod net;
mod process;
mod rolling;
mod workspace;
mod zookeeper;

pub use failure::{Failure, Result};
pub use kinds::{JAVA_VERSIONS, KINDS, Kind, kind};
pub use launch::{Launch, Peer, Role};
pub use maven::{package, prepare_java};
pub use net::free_port;
pub use process::Process;
pub use rolling::{Restarted, RollingRestart};
pub use workspace::{root, scenarios};
pub use zookeeper::{ZooKeeper, ZooKeeperOptions};
