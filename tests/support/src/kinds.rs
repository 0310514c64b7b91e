use std::path::Path;
use std::process::Command;

use crate::workspace::root;
use crate::{Failure, Result, Role, maven};

/// One kind of peer program: anything that can play both roles of `tests/matrix/README.md`.
pub struct Kind {
    /// Its name in the matrix.
    pub name: &'static str,
    /// The program for a role, built if it must be, without the arguments that all peers share.
    program: fn(&Self, Role) -> Result<Command>,
}

/// The Dubbo Java versions that we must not be told from.
pub const JAVA_VERSIONS: &[&str] = &["2.7.8", "2.7.23", "3.2.19", "3.3.6"];

/// Every kind. To add a language, add its line and its function.
pub const KINDS: &[Kind] = &[
    Kind { name: "java-2.7.8", program: java_peer },
    Kind { name: "java-2.7.23", program: java_peer },
    Kind { name: "java-3.2.19", program: java_peer },
    Kind { name: "java-3.3.6", program: java_peer },
    Kind { name: "rust", program: rust_peer },
    Kind { name: "python-aio", program: python_peer },
    Kind { name: "python-sync", program: python_peer },
    Kind { name: "node", program: node_peer },
    Kind { name: "jvm", program: jvm_peer },
    Kind { name: "c", program: c_peer },
    Kind { name: "java-2.7.23-native", program: java_over_native },
    Kind { name: "java-3.3.6-native", program: java_over_native },
    Kind { name: "java-2.7.23-dropin", program: java_over_dropin },
    Kind { name: "java-3.3.6-dropin", program: java_over_dropin },
];

/// The kind of this name.
///
/// # Errors
///
/// If there is none.
pub fn kind(name: &str) -> Result<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        Failure::new(format!("unknown kind of peer {name}; known: {}", known.join(" ")))
    })
}

impl Kind {
    pub(crate) fn program(&self, role: Role) -> Result<Command> {
        (self.program)(self, role).map_err(|failure| failure.while_doing(&format!("preparing {}", self.name)))
    }

    /// True if its sources are part of this repository yet.
    pub fn exists(&self) -> bool {
        let language = self.name.split('-').next().unwrap_or_default();
        match language {
            "rust" => root().join(RUST_PEER).exists(),
            "python" => root().join(PYTHON_PEER).exists(),
            "node" => root().join(NODE_PEER).exists(),
            "jvm" => root().join(JVM_PEER).exists(),
            "c" => root().join(C_PEER).exists(),
            "java" if self.name.split('-').count() > 2 => root().join(TRANSPORT).exists(),
            _ => true,
        }
    }
}

/// A JVM made for a small machine that runs several at once.
pub(crate) fn java(heap_mib: u32) -> Command {
    let home = std::env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin/java"));
    let mut command = Command::new(home.filter(|java| java.exists()).unwrap_or_else(|| "java".into()));
    command.arg(format!("-Xmx{heap_mib}m")).args([
        "-Xss512k",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xshare:auto",
        "-Djava.net.preferIPv4Stack=true",
    ]);
    command
}

fn java_peer(kind: &Kind, role: Role) -> Result<Command> {
    peer_program(&maven::java_peer(java_version(kind))?, role, "")
}

/// The Dubbo version of `java-<version>` and `java-<version>-<transport>`.
fn java_version(kind: &Kind) -> &str {
    kind.name.split('-').nth(1).expect("all Java kinds are named so")
}

/// The same program with the native transport switched on by properties.
fn java_over_native(kind: &Kind, role: Role) -> Result<Command> {
    let jars = transport_jars(&["polydubbo-dubbo-transport"])?;
    let mut command = peer_program(&maven::java_peer(java_version(kind))?, role, &jars)?;
    // Read by every JVM; the command line is complete already.
    command
        .env("JAVA_TOOL_OPTIONS", "-Dpolydubbo.transport.server=native -Dpolydubbo.transport.client=native");
    Ok(command)
}

/// The same program with an artifact on its class path that takes the place of Netty.
fn java_over_dropin(kind: &Kind, role: Role) -> Result<Command> {
    let jars = transport_jars(&["polydubbo-dubbo-transport", "polydubbo-dubbo-transport-dropin"])?;
    peer_program(&maven::java_peer(java_version(kind))?, role, &jars)
}

/// The part of a class path with these artifacts of `bindings-jvm` and what they need, which `cargo xtask build jvm` makes.
fn transport_jars(artifacts: &[&str]) -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let core = root().join("bindings-jvm/native-core/target");
    let mut jars: Vec<_> = artifacts
        .iter()
        .map(|artifact| {
            let module = artifact.trim_start_matches("polydubbo-dubbo-");
            root().join(format!("bindings-jvm/{module}/target/{artifact}-{version}.jar"))
        })
        .collect();
    jars.push(core.join(format!("polydubbo-native-core-{version}.jar")));
    jars.push(core.join("native"));
    if let Some(missing) = jars.iter().find(|jar| !jar.exists()) {
        let text = format!("{} is not built: run cargo xtask build jvm", missing.display());
        return Err(Failure::new(text));
    }
    Ok(jars.iter().map(|jar| format!("{}:", jar.display())).collect())
}

/// The Java program whose archives and class path lie in this folder, with a further part of its class path, ended by a colon.
fn peer_program(folder: &Path, role: Role, further: &str) -> Result<Command> {
    let jar = folder.join(match role {
        Role::Provider => "provider.jar",
        Role::Consumer | Role::Faults => "consumer-api.jar",
    });
    let mut command = java(256);
    // Hessian reads private fields of these packages; a Dubbo user on JDK 17 adds the same.
    for package in [
        "java.io",
        "java.lang",
        "java.math",
        "java.net",
        "java.time",
        "java.time.chrono",
        "java.util",
        "java.util.concurrent",
        "java.util.concurrent.atomic",
        "java.util.regex",
    ] {
        command.args(["--add-opens", &format!("java.base/{package}=ALL-UNNAMED")]);
    }
    command.args(["--add-opens", "java.sql/java.sql=ALL-UNNAMED"]);
    command.args(["-cp", &format!("{}:{further}{}", jar.display(), maven::class_path(folder)?)]);
    // Cargo lets its children find the libraries of its target folder; the jar has the one that is meant.
    command.env_remove("LD_LIBRARY_PATH");
    command.arg("io.polydubbo.peer.Peer");
    Ok(command)
}

fn rust_peer(_: &Kind, _: Role) -> Result<Command> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--package", "matrix-peer"])
        .current_dir(root())
        .status()?;
    if !built.success() {
        return Err(Failure::new("cargo build --package matrix-peer failed"));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    Ok(Command::new(target.join("debug/matrix-peer")))
}

/// Expects an interpreter that has the package installed: `POLYDUBBO_PYTHON`, or the virtual environment that
/// `cargo xtask test` makes.
fn python_peer(kind: &Kind, _: Role) -> Result<Command> {
    let own = root().join("target/venv/bin/python");
    let python = std::env::var_os("POLYDUBBO_PYTHON").map_or(own, Into::into);
    let mut command = Command::new(python);
    command.arg(root().join(PYTHON_PEER)).args(["--api", kind.name.trim_start_matches("python-")]);
    Ok(command)
}

/// Expects the package built in its source tree, as `cargo xtask test` does it.
fn node_peer(_: &Kind, _: Role) -> Result<Command> {
    if !root().join("bindings-node/dist/index.mjs").exists() {
        return Err(Failure::new("the package is not built: run npm ci && npm run build in bindings-node"));
    }
    let mut command = Command::new("node");
    command.arg(root().join(NODE_PEER));
    Ok(command)
}

/// Expects the jars of `bindings-jvm`, which `cargo xtask build jvm` makes.
fn jvm_peer(_: &Kind, role: Role) -> Result<Command> {
    let folder = root().join(JVM_PEER).join("target");
    if !folder.join("classpath.txt").exists() {
        return Err(Failure::new("the jars are not built: run cargo xtask build jvm"));
    }
    peer_program(&folder, role, "")
}

const JVM_PEER: &str = "bindings-jvm/peer";
/// Expects the program built against an installation of the library, as `cargo xtask test` does it.
fn c_peer(_: &Kind, _: Role) -> Result<Command> {
    let program = root().join("target/c/plain/matrix-peer");
    if !program.exists() {
        return Err(Failure::new("the C program is not built: run cargo xtask test --only c"));
    }
    Ok(Command::new(program))
}

const C_PEER: &str = "bindings-c/tests/matrix/main.c";
const TRANSPORT: &str = "bindings-jvm/transport";
const RUST_PEER: &str = "tests/peers-rust/Cargo.toml";
const NODE_PEER: &str = "bindings-node/test/matrix/peer.mjs";
const PYTHON_PEER: &str = "bindings-python/tests/matrix_peer.py";
