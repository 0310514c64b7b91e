//! Where faults come from: providers, a registry, and sockets that behave badly.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use test_support::{Failure, Launch, Peer, Process, Result, Role, free_port, kind, root};

use crate::run::command;

/// Names and values of the placeholders of `errors.json`, and what stands behind them.
pub(crate) struct Places {
    list: Vec<(&'static str, String)>,
    _alive: (Vec<Peer>, Process, TcpListener),
}

impl Places {
    /// Starts everything.
    pub(crate) fn open() -> Result<Self> {
        let registry = registry()?;
        let port = registry.wait_for("READY port=", Duration::from_secs(60))?;
        let provider = provider(&[])?;
        let limited = provider_with("executes=1")?;
        let secret = provider_with("token=secret")?;
        let busy = TcpListener::bind("127.0.0.1:0")?;
        let list = vec![
            ("behaviour", "io.polydubbo.peer.api.Behaviour".to_owned()),
            ("registry", format!("dubbo://127.0.0.1:{port}")),
            ("provider", provider.url()),
            ("limited", limited.url()),
            ("secret", secret.url()),
            ("busy", busy.local_addr()?.port().to_string()),
            ("closed", format!("127.0.0.1:{}", free_port()?)),
            ("silent", listen(|stream, kept| kept.push(stream))?),
            ("hangup", listen(|mut stream, _| drop(stream.read(&mut [0; 16])))?),
        ];
        Ok(Self { list, _alive: (vec![provider, limited, secret], registry, busy) })
    }

    /// All names with their values.
    pub(crate) fn list(&self) -> &[(&'static str, String)] {
        &self.list
    }

    /// The text with values in the place of names.
    pub(crate) fn fill(&self, text: &str) -> String {
        self.list
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
    }

    /// The text with names in the place of values.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.list
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(value, &format!("${{{name}}}")))
    }
}

fn registry() -> Result<Process> {
    if !command("cargo", &["build", "--quiet", "--package", "examples"]).status()?.success() {
        return Err(Failure::new("the Rust examples do not build"));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let mut registry = std::process::Command::new(target.join("debug/registry"));
    registry.arg("0");
    Process::spawn("registry", registry)
}

fn provider_with(param: &str) -> Result<Peer> {
    provider(&[("param", param)])
}

fn provider(options: &[(&str, &str)]) -> Result<Peer> {
    let launch = Launch::new(kind("rust")?, Role::Provider).option("host", "127.0.0.1");
    options.iter().fold(launch, |launch, (name, value)| launch.option(name, value)).start()
}

/// A port whose connections are treated as told, for as long as this process lives.
fn listen(treat: impl Fn(TcpStream, &mut Vec<TcpStream>) + Send + Sync + 'static) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let kept = Mutex::new(Vec::new());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            treat(stream, &mut kept.lock().expect("no thread panics with it"));
        }
    });
    Ok(address)
}
