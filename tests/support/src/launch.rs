use std::ops::{Deref, DerefMut};
use std::time::Duration;

use crate::workspace::scenarios;
use crate::{Kind, Process, Result};

/// The side of a call that a peer program plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Exports the services.
    Provider,
    /// Calls them.
    Consumer,
    /// Provokes the faults of `tests/vectors/errors.json`.
    Faults,
}

/// The command line of a peer program in the making.
pub struct Launch {
    kind: &'static Kind,
    role: Role,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Launch {
    /// A peer program of this kind in this role.
    pub fn new(kind: &'static Kind, role: Role) -> Self {
        Self { kind, role, arguments: Vec::new(), variables: Vec::new() }
    }

    /// Uses the registry at this URL.
    pub fn registry(self, url: &str) -> Self {
        self.option("registry", url)
    }

    /// Consumer: calls this address directly, `dubbo://host:port`.
    pub fn url(self, url: &str) -> Self {
        self.option("url", url)
    }

    /// Consumer: runs the scenario of this name, or `all`, of the scenario file.
    pub fn scenario(self, name: &str) -> Self {
        let file = scenarios();
        self.option("scenarios", &file.to_string_lossy()).option("scenario", name)
    }

    /// Adds `--name value`; `tests/matrix/README.md` lists the names that every peer knows.
    pub fn option(mut self, name: &str, value: &str) -> Self {
        self.arguments.extend([format!("--{name}"), value.to_owned()]);
        self
    }

    /// Sets a variable of its environment.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the program. A provider has printed its port, and serves, when this returns.
    ///
    /// # Errors
    ///
    /// If it cannot be built or started, or a provider is not ready within two minutes.
    pub fn start(self) -> Result<Peer> {
        let role = match self.role {
            Role::Provider => "provider",
            Role::Consumer => "consumer",
            Role::Faults => "faults",
        };
        let mut command = self.kind.program(self.role)?;
        command.args(["--role", role]).args(&self.arguments).envs(self.variables);
        let process = Process::spawn(&format!("{}-{role}", self.kind.name), command)?;
        let port = match self.role {
            Role::Provider => Some(ready_port(&process)?),
            Role::Consumer | Role::Faults => None,
        };
        Ok(Peer { process, port })
    }
}

/// A running peer program; a [`Process`] that knows its port.
pub struct Peer {
    process: Process,
    port: Option<u16>,
}

impl Peer {
    /// The port on which a provider serves.
    ///
    /// # Panics
    ///
    /// If this is a consumer.
    pub fn port(&self) -> u16 {
        self.port.expect("only a provider has a port")
    }

    /// The address of a provider for direct calls, `dubbo://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("dubbo://127.0.0.1:{}", self.port())
    }
}

impl Deref for Peer {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Peer {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}

fn ready_port(process: &Process) -> Result<u16> {
    let port = process.wait_for("READY port=", Duration::from_secs(120))?;
    port.parse().map_err(|_| process.failure(&format!("printed port={port}")))
}
