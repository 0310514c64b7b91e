use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::workspace::root;
use crate::{Failure, Result};

/// Builds the Java peer for one Dubbo version, or everything that is not up to date with `None`.
///
/// # Errors
///
/// If Maven fails twice.
pub fn prepare_java(version: Option<&str>) -> Result<()> {
    let versions = version.map_or_else(|| crate::JAVA_VERSIONS.to_vec(), |version| vec![version]);
    for version in versions {
        java_peer(version)?;
    }
    zookeeper().map(drop)
}

/// The folder with the archives and `classpath.txt` of the Java peer for this Dubbo version.
pub(crate) fn java_peer(version: &str) -> Result<PathBuf> {
    let project = root().join("tests/java-peer");
    let output = project.join("target").join(version);
    let inputs = [project.join("pom.xml"), project.join("src")];
    package(&project, &["-P", &format!("dubbo-{version}")], &inputs, &output)?;
    Ok(output)
}

/// The class path of the ZooKeeper server.
pub(crate) fn zookeeper() -> Result<String> {
    let project = root().join("tests/java-peer/zookeeper");
    let output = project.join("target");
    package(&project, &[], &[project.join("pom.xml")], &output)?;
    class_path(&output)
}

/// The libraries that Maven resolved.
pub(crate) fn class_path(output: &Path) -> Result<String> {
    Ok(fs::read_to_string(output.join("classpath.txt"))?.trim().to_owned())
}

/// Runs `mvn package` unless the output was made from exactly these inputs and all its libraries are still there.
///
/// # Errors
///
/// If Maven fails twice.
pub fn package(project: &Path, arguments: &[&str], inputs: &[PathBuf], output: &Path) -> Result<()> {
    fs::create_dir_all(output)?;
    // Several test programs may want the same thing at once.
    let lock = File::create(output.join("lock"))?;
    lock.lock()?;
    let fingerprint = fingerprint(inputs)?;
    let stamp = output.join("fingerprint");
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == fingerprint) && is_complete(output) {
        return Ok(());
    }
    // A download that fails once mostly succeeds when asked again.
    maven(project, arguments).or_else(|_| maven(project, arguments))?;
    Ok(fs::write(stamp, fingerprint)?)
}

fn maven(project: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new("mvn")
        .args(["-q", "-B", "-ntp", "-U", "-Dstyle.color=never"])
        .args(arguments)
        .arg("package")
        .current_dir(project)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::from(error).while_doing("starting mvn (is Maven installed?)"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "mvn {} package in {} failed:\n{}{}",
        arguments.join(" "),
        project.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )))
}

fn is_complete(output: &Path) -> bool {
    class_path(output).is_ok_and(|path| path.split(':').all(|jar| Path::new(jar).exists()))
}

fn fingerprint(inputs: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for input in inputs {
        hash(input, &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    path.hash(hasher);
    if path.is_file() {
        fs::read(path)?.hash(hasher);
        return Ok(());
    }
    let mut children = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    children.sort();
    children.iter().try_for_each(|child| hash(child, hasher))
}
