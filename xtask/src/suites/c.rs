//! The C library: installed into a prefix, and tested by programs that know nothing but that prefix.

use std::fs;
use std::path::{Path, PathBuf};

use test_support::{Failure, Result, root};

use crate::run::{command, lines, output, succeeds};
use crate::tally::Tally;

/// Installs the library, then runs its tests plain, with the sanitizers of the compiler, and under valgrind.
pub(super) fn run() -> Result<Tally> {
    let plain = install()?;
    let mut tally = exports()?;
    tally += ctest(&plain)?;
    tally += ctest(&build("sanitized", "-DSANITIZE=ON")?)?;
    Ok(tally)
}

/// Installs the library and builds the programs of the tests, among them that of the matrix; gives their folder.
pub(crate) fn install() -> Result<PathBuf> {
    crate::c::into_prefix(&prefix(), true)?;
    build("plain", "-DVALGRIND=ON")
}

/// Nothing but functions of the header is visible, and all of them are.
fn exports() -> Result<Tally> {
    let library = prefix().join("lib/libpolydubbo.so");
    let table = output("nm", &["-D", "--defined-only", "--format=posix", &library.to_string_lossy()]);
    let mut exported: Vec<&str> = table.lines().filter_map(|line| line.split(' ').next()).collect();
    exported.sort_unstable();
    let header = fs::read_to_string(prefix().join("include/polydubbo.h"))?;
    let mut declared: Vec<String> =
        crate::c::functions(&header).into_iter().map(|function| function.name).collect();
    declared.sort_unstable();
    if exported != declared {
        println!("exported: {exported:?}\ndeclared: {declared:?}");
    }
    Ok(Tally::one(exported == declared))
}

fn build(name: &str, option: &str) -> Result<PathBuf> {
    let folder = root().join("target/c").join(name);
    let sources = root().join("bindings-c/tests");
    let find = format!("-DCMAKE_PREFIX_PATH={}", prefix().display());
    let (from, to) = (sources.to_string_lossy(), folder.to_string_lossy());
    let generated = root().join("target/c/generated");
    fs::create_dir_all(&generated)?;
    let header = fs::read_to_string(prefix().join("include/polydubbo.h"))?;
    fs::write(generated.join("nulls.c"), crate::c::null_program(&header))?;
    let generated = format!("-DGENERATED={}", generated.display());
    must("cmake", &["-S", &from, "-B", &to, &find, &generated, option])?;
    must("cmake", &["--build", &to, "--parallel", "2"])?;
    Ok(folder)
}

fn ctest(folder: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let arguments = ["--output-on-failure", "--no-tests=error", "--test-dir", &folder.to_string_lossy()];
    let succeeded = lines(command("ctest", &arguments), |line| {
        if let Some(counts) = counts(line) {
            tally += counts;
        }
    })?;
    if tally.passed + tally.failed == 0 || (!succeeded && tally.failed == 0) {
        tally += Tally::one(false);
    }
    Ok(tally)
}

/// Reads `98% tests passed, 1 tests failed out of 50`.
fn counts(line: &str) -> Option<Tally> {
    let (_, rest) = line.split_once("% tests passed, ")?;
    let (failed, all) = rest.split_once(" tests failed out of ")?;
    let (failed, all): (u64, u64) = (failed.parse().ok()?, all.trim().parse().ok()?);
    Some(Tally { passed: all.checked_sub(failed)?, failed, skipped: 0 })
}

fn must(program: &str, arguments: &[&str]) -> Result<()> {
    if succeeds(command(program, arguments)) {
        return Ok(());
    }
    Err(Failure::new(format!("{program} failed")))
}

fn prefix() -> PathBuf {
    root().join("target/c/prefix")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_summary_of_ctest() {
        let line = "98% tests passed, 1 tests failed out of 50";
        assert_eq!(counts(line), Some(Tally { passed: 49, failed: 1, skipped: 0 }));
        assert_eq!(counts("50/50 Test #50: values ... Passed"), None);
    }
}
