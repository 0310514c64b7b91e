use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate is two folders below the root")
}

/// The scenario file of the matrix.
pub fn scenarios() -> PathBuf {
    root().join("tests/matrix/scenarios.json")
}

/// The folder for what processes print.
pub(crate) fn logs() -> std::io::Result<PathBuf> {
    let folder = root().join("target/peer-logs");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
