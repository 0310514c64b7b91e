//! The C library in a prefix: libraries, header, pkg-config file, CMake package.

use std::fs;
use std::path::{Path, PathBuf};

use test_support::{Failure, Result, root};

use super::folder;
use crate::run::{command, succeeds};

/// Where, and in which form.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder to install into, for example /usr/local.
    #[arg(long)]
    prefix: PathBuf,
    /// Unoptimised, for tests.
    #[arg(long)]
    debug: bool,
}

/// Builds the library and installs it; true unless that failed.
pub(crate) fn install(options: &Options) -> Result<bool> {
    into_prefix(&options.prefix, options.debug)?;
    println!("installed into {}", options.prefix.display());
    Ok(true)
}

/// Builds the library and installs it.
pub(crate) fn into_prefix(prefix: &Path, debug: bool) -> Result<()> {
    let native_libs = build(debug)?;
    let built = target().join(if debug { "debug" } else { "release" });
    let [include, lib] = ["include", "lib"].map(|name| prefix.join(name));
    let [pkgconfig, cmake] = ["pkgconfig", "cmake/PolyDubbo"].map(|name| lib.join(name));
    for folder in [&include, &lib, &pkgconfig, &cmake] {
        fs::create_dir_all(folder)?;
    }
    replace(&folder().join("include/polydubbo.h"), &include.join("polydubbo.h"))?;
    replace(&built.join("libpolydubbo_c.a"), &lib.join("libpolydubbo.a"))?;
    let (from, soname) = shared();
    replace(&built.join(from), &lib.join(&soname))?;
    link(&soname, &lib)?;
    let place = |name: &str, folder: &Path| -> Result<()> {
        let template = fs::read_to_string(super::folder().join("package").join(format!("{name}.in")))?;
        Ok(fs::write(folder.join(name), fill(&template, &soname, &native_libs))?)
    };
    place("polydubbo.pc", &pkgconfig)?;
    place("PolyDubboConfig.cmake", &cmake)?;
    place("PolyDubboConfigVersion.cmake", &cmake)
}

/// Builds both libraries; gives what a program needs besides the static one.
fn build(debug: bool) -> Result<String> {
    let list = target().join("polydubbo-c-native-libs.txt");
    let print = format!("native-static-libs={}", list.display());
    let mut arguments = vec!["rustc", "--quiet", "--package", "polydubbo-c", "--lib"];
    if !debug {
        arguments.push("--release");
    }
    arguments.extend(["--", "--print", &print]);
    if !succeeds(command("cargo", &arguments)) {
        return Err(Failure::new("cargo could not build the C library"));
    }
    fs::read_to_string(&list).map(|text| text.trim().to_owned()).map_err(|error| {
        Failure::new(format!("{}: {error}: run cargo clean --package polydubbo-c", list.display()))
    })
}

fn fill(template: &str, soname: &str, native_libs: &str) -> String {
    [
        ("@VERSION@", env!("CARGO_PKG_VERSION")),
        ("@SHARED@", soname),
        ("@SONAME@", soname),
        ("@NATIVE_LIBS@", native_libs),
    ]
    .iter()
    .fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// The shared library as cargo calls it, and as the loader does.
fn shared() -> (&'static str, String) {
    if cfg!(target_os = "macos") {
        return ("libpolydubbo_c.dylib", "libpolydubbo.dylib".to_owned());
    }
    ("libpolydubbo_c.so", format!("libpolydubbo.so.{}", env!("CARGO_PKG_VERSION_MINOR")))
}

/// The name that linkers look for.
fn link(soname: &str, lib: &Path) -> Result<()> {
    let name = lib.join("libpolydubbo.so");
    if cfg!(target_os = "macos") {
        return Ok(());
    }
    if name.symlink_metadata().is_ok() {
        fs::remove_file(&name)?;
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(soname, &name)?;
    Ok(())
}

/// A new file in the place of an old one, which running programs keep.
fn replace(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_file(to)?;
    }
    fs::copy(from, to).map_err(|error| Failure::new(format!("copying {}: {error}", from.display())))?;
    Ok(())
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into)
}
