//! Language bindings use `polydubbo::api` and nothing else of the core, so that they stay in step and the core may change.

use std::fs;
use std::path::{Path, PathBuf};

use test_support::root;

/// Everything that a line takes from the core beside the facade.
fn strangers(line: &str) -> Vec<&str> {
    let code = line.split("//").next().unwrap_or_default();
    let starts = code.match_indices("polydubbo::").filter(|(at, _)| {
        // `crate::polydubbo::` or `my_polydubbo::` are other things.
        !code[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    });
    let taken = starts.map(|(at, path)| &code[at + path.len()..]);
    taken.filter(|rest| !rest.starts_with("api::") && !rest.starts_with("api;")).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn a_line_beside_the_facade_is_seen() {
    assert_eq!(strangers("use polydubbo::api::{Error, hessian::Reader};"), Vec::<&str>::new());
    assert_eq!(strangers("use polydubbo::{Error, ErrorCode};"), ["{Error, ErrorCode};"]);
    assert_eq!(strangers("    polydubbo::runtime::mark_forked();"), ["runtime::mark_forked();"]);
    assert_eq!(strangers("// as polydubbo::codec does it"), Vec::<&str>::new());
}

#[test]
fn bindings_use_the_facade_only() {
    let mut files = Vec::new();
    for entry in fs::read_dir(root()).expect("the repository").flatten() {
        if entry.file_name().to_string_lossy().starts_with("bindings-") {
            sources(&entry.path().join("src"), &mut files);
        }
    }
    assert!(files.len() > 30, "only {} files of bindings were found", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a readable source");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !strangers(line).is_empty()) {
            wrong.push(format!("{}:{}: {line}", file.display(), number + 1));
        }
    }
    assert!(wrong.is_empty(), "take it from polydubbo::api, or add it there:\n{}", wrong.join("\n"));
}
