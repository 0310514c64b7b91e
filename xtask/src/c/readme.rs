//! What the README shows stands in an example that the tests run.

use std::fs;
use std::path::Path;

use test_support::root;

use super::folder;

#[test]
fn the_code_of_the_readmes_stands_in_the_examples() {
    let read = |folder: &Path| fs::read_to_string(folder.join("README.md")).expect("a README");
    let readmes = read(&folder()) + &read(root());
    let examples: Vec<String> = fs::read_dir(root().join("examples/c"))
        .expect("examples")
        .map(|entry| fs::read_to_string(entry.expect("an example").path()).expect("a text"))
        .collect();
    let blocks: Vec<&str> =
        readmes.split("```c\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 7, "{}", blocks.len());
    for block in blocks {
        assert!(examples.iter().any(|example| example.contains(block)), "in no example:\n{block}");
    }
}

#[test]
fn the_readme_has_the_headings_of_all_languages_in_their_order() {
    let readme = fs::read_to_string(folder().join("README.md")).expect("a README");
    let headings: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(headings, ["Install", "Call", "Serve", "Types", "Errors", "Configuration"]);
}
