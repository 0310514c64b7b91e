use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crate::kinds::java;
use crate::net::free_port;
use crate::workspace::logs;
use crate::{Process, Result, maven};

/// How a ZooKeeper server keeps sessions.
#[derive(Clone, Copy)]
pub struct ZooKeeperOptions {
    /// Its unit of time. Sessions last at least two of them.
    pub tick: Duration,
    /// The longest session it grants; Java asks for 30 to 60 s, too long for a test that kills a provider.
    pub max_session: Duration,
}

impl Default for ZooKeeperOptions {
    fn default() -> Self {
        Self { tick: Duration::from_millis(500), max_session: Duration::from_secs(10) }
    }
}

/// A real ZooKeeper server on a free port of this machine, with a data folder that lives as long as this value.
pub struct ZooKeeper {
    port: u16,
    folder: PathBuf,
    process: Option<Process>,
}

impl ZooKeeper {
    /// Starts one with short sessions and waits until it serves.
    ///
    /// # Errors
    ///
    /// If it cannot be built or started.
    pub fn start() -> Result<Self> {
        Self::with(ZooKeeperOptions::default())
    }

    /// Starts one with these options.
    ///
    /// # Errors
    ///
    /// If it cannot be built or started.
    pub fn with(options: ZooKeeperOptions) -> Result<Self> {
        let mut server = Self::prepare(options)?;
        server.resume_service()?;
        Ok(server)
    }

    /// Starts several servers that keep the same data, and serve while most of them live.
    ///
    /// # Errors
    ///
    /// If they cannot be built or started.
    pub fn ensemble(size: usize) -> Result<Vec<Self>> {
        let mut servers =
            (0..size).map(|_| Self::prepare(ZooKeeperOptions::default())).collect::<Result<Vec<_>>>()?;
        let mut members = "initLimit=20\nsyncLimit=10\n".to_owned();
        for number in 1..=size {
            members += &format!("server.{number}=127.0.0.1:{}:{}\n", free_port()?, free_port()?);
        }
        for (index, server) in servers.iter_mut().enumerate() {
            let file = server.folder.join("zoo.cfg");
            fs::write(&file, fs::read_to_string(&file)? + &members)?;
            fs::create_dir_all(server.folder.join("data"))?;
            fs::write(server.folder.join("data/myid"), (index + 1).to_string())?;
            server.spawn()?;
        }
        servers.iter_mut().try_for_each(|server| server.wait_until_serving(START))?;
        Ok(servers)
    }

    fn prepare(options: ZooKeeperOptions) -> Result<Self> {
        let port = free_port()?;
        let folder = logs()?.join(format!("zookeeper-{}-{port}", std::process::id()));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("zoo.cfg"), configuration(port, &folder.join("data"), options))?;
        Ok(Self { port, folder, process: None })
    }

    /// The client port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `127.0.0.1:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `zookeeper://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("zookeeper://{}", self.address())
    }

    /// The running server, to pause, resume or kill it.
    ///
    /// # Panics
    ///
    /// If it was stopped.
    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("the server was stopped")
    }

    /// Stops the server and keeps its data, as in an outage.
    ///
    /// # Errors
    ///
    /// If it does not end.
    pub fn interrupt_service(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill()?;
        }
        Ok(())
    }

    /// Starts the server again on the same port and data.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn resume_service(&mut self) -> Result<()> {
        self.spawn()?;
        self.wait_until_serving(START)
    }

    fn spawn(&mut self) -> Result<()> {
        let mut command = java(96);
        command.args(["-cp", &maven::zookeeper()?, MAIN]).arg(self.folder.join("zoo.cfg"));
        self.process = Some(Process::spawn("zookeeper", command)?);
        Ok(())
    }

    fn wait_until_serving(&mut self, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        while !self.is_serving() {
            let process = self.process.as_mut().expect("started by the caller");
            if !process.is_running() || Instant::now() > end {
                return Err(process.failure("does not serve"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Asks the server itself: a port that listens does not serve yet.
    fn is_serving(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let mut answer = String::new();
        stream.set_read_timeout(Some(Duration::from_secs(1))).is_ok()
            && stream.write_all(b"srvr").is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && answer.contains("Mode: ")
    }
}

impl Drop for ZooKeeper {
    fn drop(&mut self) {
        let _ = self.interrupt_service();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn configuration(port: u16, data: &std::path::Path, options: ZooKeeperOptions) -> String {
    format!(
        "clientPort={port}\ndataDir={}\ntickTime={}\nmaxSessionTimeout={}\nmaxClientCnxns=0\n\
         admin.enableServer=false\n4lw.commands.whitelist=srvr,cons,dump,wchs\n",
        data.display(),
        options.tick.as_millis(),
        options.max_session.as_millis()
    )
}

const MAIN: &str = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
const START: Duration = Duration::from_secs(60);
