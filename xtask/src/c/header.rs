//! `polydubbo.h`, made of the sources of the library.

use std::fs;
use std::path::PathBuf;

use test_support::{Failure, Result};

use super::folder;

/// What to do with the header.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Writes nothing; fails if the committed header is not what the sources make.
    #[arg(long)]
    check: bool,
}

/// Makes the header and writes it; true if it is as it should be.
pub(crate) fn write(options: &Options) -> Result<bool> {
    let (path, text) = (path(), generate()?);
    let is_current = fs::read_to_string(&path).is_ok_and(|old| old == text);
    if options.check {
        if !is_current {
            eprintln!("{} is out of date: run cargo xtask header", path.display());
        }
        return Ok(is_current);
    }
    if !is_current {
        fs::create_dir_all(path.parent().expect("a folder of its own"))?;
        fs::write(&path, text)?;
    }
    Ok(true)
}

/// The text of the header.
pub(crate) fn generate() -> Result<String> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("cannot make the header: {error}"));
    let config =
        cbindgen::Config::from_file(folder().join("cbindgen.toml")).map_err(|error| failed(&error))?;
    let bindings = cbindgen::Builder::new()
        .with_crate(folder())
        .with_config(config)
        .generate()
        .map_err(|error| failed(&error))?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).map_err(|error| failed(&error))
}

pub(super) fn path() -> PathBuf {
    folder().join("include/polydubbo.h")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_header_is_what_the_sources_make() {
        let committed = fs::read_to_string(path()).expect("the header is committed");
        assert!(committed == generate().expect("made"), "out of date: run cargo xtask header");
    }
}
