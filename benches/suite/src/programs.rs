//! Builds the programs of the benchmark and knows how to call them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use test_support::root;

/// Versions of Dubbo Java that we compare with: the last of the 2.7 line, and the newest.
pub(crate) const DUBBO_2: &str = "2.7.23";
/// See [`DUBBO_2`].
pub(crate) const DUBBO_3: &str = "3.3.6";

/// A peer that is there, or why it is not.
pub(crate) type Peer<T> = std::result::Result<T, String>;

/// Everything that can be started.
#[derive(Debug)]
pub(crate) struct Programs {
    /// Our generator and servers.
    pub(crate) load: String,
    /// Small steps of the core.
    pub(crate) micro: String,
    /// tonic and tarpc.
    pub(crate) rust_peers: Peer<String>,
    /// A C program with our library, installed as a user installs it.
    pub(crate) c: Peer<String>,
    /// The interpreter of a virtual environment that has our wheel, grpcio and python-hessian.
    pub(crate) python: Peer<String>,
    /// True when grpc-js, hessian.js and our package can be loaded by Node.
    pub(crate) node: Peer<()>,
    /// Command line of a Java consumer that uses our own library.
    pub(crate) jvm: Peer<Vec<String>>,
    /// Command line of the Java program with the newest Dubbo over our transport.
    pub(crate) java_native: Peer<Vec<String>>,
    /// Command lines of the Java program, newest Dubbo first.
    java: [(&'static str, Peer<Vec<String>>); 2],
}

impl Programs {
    /// Builds what can be built for the kinds of rows that are wanted.
    ///
    /// # Errors
    /// When our own programs do not compile; a missing peer is noted, not an error.
    pub(crate) fn build(wants: impl Fn(char) -> bool) -> Result<Self> {
        cargo(root(), &["--profile", "bench", "-p", "polydubbo-load", "-p", "polydubbo-micro"])?;
        let java = |version| peer(wants('J') || wants('H') || wants('V'), || java(version));
        Ok(Self {
            load: path(&root().join("target/release/polydubbo-load")),
            micro: path(&root().join("target/release/polydubbo-micro")),
            rust_peers: peer(wants('R'), rust_peers),
            c: peer(wants('Q'), c),
            python: peer(wants('P'), python),
            node: peer(wants('N'), node),
            jvm: peer(wants('V'), jvm),
            java_native: peer(wants('V'), java_native),
            java: [DUBBO_3, DUBBO_2].map(|version| (version, java(version))),
        })
    }

    /// What is missing, for the report.
    pub(crate) fn missing(&self) -> Vec<(&'static str, &str)> {
        let java = self.java.iter().map(|(version, peer)| (*version, peer.as_ref().err()));
        let others = [
            ("tonic and tarpc", self.rust_peers.as_ref().err()),
            ("C", self.c.as_ref().err()),
            ("Python", self.python.as_ref().err()),
            ("Node", self.node.as_ref().err()),
            ("our Java library", self.jvm.as_ref().err()),
            ("Dubbo Java over our transport", self.java_native.as_ref().err()),
        ];
        others.into_iter().chain(java).filter_map(|(name, error)| Some((name, error?.as_str()))).collect()
    }

    /// The Java program with this version of Dubbo; arguments follow.
    pub(crate) fn java(&self, version: &str) -> Peer<Vec<String>> {
        let found = self.java.iter().find(|(name, _)| *name == version);
        found.map_or_else(|| Err(format!("no Dubbo {version}")), |(_, argv)| argv.clone())
    }
}

/// Builds a peer if it is wanted; what goes wrong is noted.
fn peer<T>(wanted: bool, build: impl FnOnce() -> Result<T>) -> Peer<T> {
    if !wanted {
        return Err("not wanted in this run".to_owned());
    }
    build().map_err(|error| format!("{error:#}"))
}

/// Builds the program with the small steps alone.
pub(crate) fn micro() -> Result<String> {
    cargo(root(), &["--profile", "bench", "-p", "polydubbo-micro"])?;
    Ok(path(&root().join("target/release/polydubbo-micro")))
}

/// `words` as owned strings, after `program`.
pub(crate) fn argv(program: &str, words: &str) -> Vec<String> {
    std::iter::once(program).chain(words.split_ascii_whitespace()).map(str::to_owned).collect()
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    run(command.args(["build", "--quiet"]).args(arguments).current_dir(folder))
}

fn rust_peers() -> Result<String> {
    let folder = root().join("benches/peers/rust");
    cargo(&folder, &["--release"])?;
    Ok(path(&folder.join("target/release/rust-peers")))
}

/// The C library in a prefix of its own, and the program built with nothing but that prefix.
fn c() -> Result<String> {
    let [prefix, sources] = ["target/bench-c", "benches/peers/c"].map(|folder| root().join(folder));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let install = ["run", "--quiet", "--package", "xtask", "--", "install-c", "--prefix"];
    run(Command::new(cargo).args(install).arg(&prefix).current_dir(root()))?;
    let program = prefix.join("calls");
    let library = prefix.join("lib");
    let mut compiler = Command::new("cc");
    compiler.args(["-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&program);
    compiler.args(["calls.c", "meter.c"].map(|file| sources.join(file)));
    compiler.arg("-I").arg(prefix.join("include")).arg("-L").arg(&library);
    run(compiler.arg(format!("-Wl,-rpath,{}", path(&library))).args(["-lpolydubbo", "-lpthread"]))?;
    Ok(path(&program))
}

/// The folder of the Java program with this version of Dubbo.
fn java_folder(version: &str) -> Result<PathBuf> {
    let project = root().join("benches/peers/java");
    let output = project.join("target").join(version);
    let inputs = [project.join("pom.xml"), project.join("src")];
    test_support::package(&project, &[&format!("-Ddubbo.version={version}")], &inputs, &output)?;
    Ok(output)
}

fn java(version: &str) -> Result<Vec<String>> {
    let output = java_folder(version)?;
    let libraries = std::fs::read_to_string(output.join("classpath.txt")).context("no class path")?;
    let class_path = format!("{}:{}", path(&output.join("bench.jar")), libraries.trim());
    let mut argv = java_command();
    argv.extend(["-cp".to_owned(), class_path, "io.polydubbo.bench.Bench".to_owned()]);
    Ok(argv)
}

/// The same for every Java program, so that none has a better machine than another.
fn java_command() -> Vec<String> {
    let opens = ["java.lang", "java.math", "java.util"]
        .map(|package| format!("--add-opens=java.base/{package}=ALL-UNNAMED"));
    ["java", "-Xms1g", "-Xmx1g", "-XX:+UseG1GC"].map(str::to_owned).into_iter().chain(opens).collect()
}

/// Our own Java library, with the Hessian library that Dubbo 2.7 brings, measured by the classes that measure Dubbo.
fn jvm() -> Result<Vec<String>> {
    let (library, modules) = jvm_modules(&["native-core", "api"])?;
    let peer = java_folder(DUBBO_2)?;
    let libraries = std::fs::read_to_string(peer.join("classpath.txt")).context("no class path")?;
    let output = root().join("target/bench-jvm");
    let class_path =
        [modules, path(&peer.join("bench.jar")), libraries.trim().to_owned(), path(&output)].join(":");
    let source = root().join("benches/peers/jvm/io/polydubbo/bench/OwnConsumer.java");
    run(Command::new("javac").args(["-cp", &class_path, "-d"]).arg(&output).arg(source))?;
    let mut argv = java_command();
    argv.extend([library, "-cp".to_owned(), class_path]);
    argv.push("io.polydubbo.bench.OwnConsumer".to_owned());
    Ok(argv)
}

/// The Java program of [`DUBBO_3`] with our transport, switched on by configuration as its user would.
fn java_native() -> Result<Vec<String>> {
    let (library, modules) = jvm_modules(&["native-core", "transport"])?;
    let mut argv = java(DUBBO_3)?;
    let option = argv.iter().position(|word| word == "-cp").context("no class path")?;
    argv[option + 1] = format!("{modules}:{}", argv[option + 1]);
    let switches = ["-Dpolydubbo.transport.server=native", "-Dpolydubbo.transport.client=native"];
    argv.splice(option..option, switches.map(str::to_owned).into_iter().chain([library]));
    Ok(argv)
}

/// Our native library as an option of the JVM, and the classes of these modules as a class path.
fn jvm_modules(modules: &[&str]) -> Result<(String, String)> {
    cargo(root(), &["--profile", "bench", "-p", "polydubbo-jvm"])?;
    let project = root().join("bindings-jvm");
    let arguments = ["-q", "-B", "-ntp", "-DskipTests", "-pl", &modules.join(","), "package"];
    run(Command::new("mvn").args(arguments).current_dir(&project))?;
    let library = root().join("target/release").join(format!(
        "{}polydubbo_jvm{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    let classes: Vec<_> =
        modules.iter().map(|module| path(&project.join(module).join("target/classes"))).collect();
    Ok((format!("-Dpolydubbo.native.path={}", path(&library)), classes.join(":")))
}

/// A virtual environment with the peers and our own wheel.
fn python() -> Result<String> {
    let venv = root().join("target/bench-python");
    let interpreter = path(&venv.join("bin/python"));
    if !venv.join("bin/python").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    }
    let pip = |arguments: &[&str]| {
        let mut command = Command::new(&interpreter);
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(arguments);
        run(command.current_dir(root()))
    };
    pip(&["maturin>=1.14,<2", "-r", "benches/peers/python/requirements.txt"])?;
    let wheels = root().join("target/bench-wheels");
    let mut maturin = Command::new(&interpreter);
    maturin.args([
        "-m",
        "maturin",
        "build",
        "--quiet",
        "--release",
        "--manifest-path",
        "bindings-python/Cargo.toml",
    ]);
    maturin.arg("--interpreter").arg(&interpreter).arg("--out").arg(&wheels);
    // A wheel of an earlier run must not be taken for the new one.
    let _ = std::fs::remove_dir_all(&wheels);
    run(maturin.current_dir(root()))?;
    pip(&["--force-reinstall", "--no-deps", "--no-index", "--find-links", &path(&wheels), "polydubbo"])?;
    Ok(interpreter)
}

/// The packages of the peers and our own, built.
fn node() -> Result<()> {
    let run_in = |folder: &str, program: &str, arguments: &[&str]| {
        run(Command::new(program).args(arguments).current_dir(root().join(folder)))
    };
    run_in("benches/peers/node", "npm", &["ci", "--silent", "--no-audit", "--no-fund"])?;
    run_in("bindings-node", "npm", &["ci", "--silent", "--no-audit", "--no-fund"])?;
    run_in("bindings-node", "npm", &["run", "--silent", "build:ts"])?;
    run_in("bindings-node", "node", &["scripts/build-native.mjs", "--release"])
}

/// Runs a build step with its output on standard error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    match status.with_context(|| format!("cannot start {command:?}"))? {
        status if status.success() => Ok(()),
        status => bail!("{command:?} failed with {status}"),
    }
}

fn path(path: &Path) -> String {
    PathBuf::from(path).to_string_lossy().into_owned()
}
