//! The Java artifacts: the native library is compiled and packed, then the finished jars are tested.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use test_support::{Failure, Result, root};

use crate::run::{command, succeeds};

/// Compiles the native library and packs all jars.
pub(crate) fn install() -> Result<()> {
    if !succeeds(command("cargo", &["build", "--quiet", "--package", "polydubbo-jvm"])) {
        return Err(Failure::new("cargo build --package polydubbo-jvm failed"));
    }
    place_library()?;
    // Without the network first: a build that has run once needs none.
    if succeeds(maven(&["--offline", "-DskipTests", "package"]))
        || succeeds(maven(&["-DskipTests", "package"]))
    {
        return Ok(());
    }
    Err(Failure::new("mvn package failed"))
}

/// Puts the library where `native-core` packs it from.
fn place_library() -> Result<()> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let name = format!("{}polydubbo_jvm{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let folder = root().join("bindings-jvm/native-core/target/native/META-INF/native").join(classifier());
    fs::create_dir_all(&folder)?;
    fs::copy(target.join("debug").join(&name), folder.join(&name))?;
    Ok(())
}

/// The platform as `io.polydubbo.internal.Platform` names it.
fn classifier() -> String {
    let os = match std::env::consts::OS {
        "macos" => "osx",
        other => other,
    };
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "aarch_64",
        other => other,
    };
    format!("{os}-{architecture}{}", if cfg!(target_env = "musl") { "-musl" } else { "" })
}

fn maven(arguments: &[&str]) -> Command {
    let classifier = format!("-Dnative.classifier={}", classifier());
    let mut maven = command("mvn", &["-q", "-B", "-ntp", "-Dstyle.color=never", &classifier]);
    maven.args(arguments).current_dir(root().join("bindings-jvm"));
    maven
}
