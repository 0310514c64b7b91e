//! The list of error codes that all languages are compared with.

use std::fmt::Write as _;
use std::path::Path;

use polydubbo::ErrorCode;

/// `tests/vectors/error_codes.json` is made from the core: with `POLYDUBBO_WRITE_VECTORS=1` this writes it, otherwise it
/// fails when the file is out of date.
#[test]
fn the_list_for_the_other_languages_is_up_to_date() {
    let mut lines = String::new();
    for code in ErrorCode::ALL {
        let separator = if lines.is_empty() { "" } else { ",\n" };
        let (number, name, rpc_code) = (code.number(), code.name(), code.rpc_code());
        let _ =
            write!(lines, r#"{separator}  {{"number": {number}, "name": "{name}", "rpc_code": {rpc_code}}}"#);
    }
    let want = format!("[\n{lines}\n]\n");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/error_codes.json");
    if std::env::var_os("POLYDUBBO_WRITE_VECTORS").is_some() {
        std::fs::write(&file, &want).unwrap();
    }
    let got = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(got, want, "run POLYDUBBO_WRITE_VECTORS=1 cargo test -p polydubbo --test error_codes");
}

/// `docs/errors.md` explains every code under its number and name.
#[test]
fn every_code_is_explained() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let page = std::fs::read_to_string(page).unwrap();
    let is_row = |line: &&str| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit();
    let rows: Vec<&str> = page.lines().filter(is_row).collect();
    let heads: Vec<String> =
        ErrorCode::ALL.iter().map(|code| format!("| {} | `{}` |", code.number(), code.name())).collect();
    assert_eq!(rows.len(), heads.len(), "one row for each code");
    for (row, head) in rows.iter().zip(&heads) {
        assert!(row.starts_with(head.as_str()), "{head} is missing or out of order: {row}");
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        assert!(cells.len() >= 4 && cells[2].len() > 10 && cells[3].len() > 10, "cause and remedy: {row}");
    }
}
