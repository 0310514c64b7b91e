//! The same fault gives the same error code, name and text in every language.
//!
//! `tests/vectors/errors.json` says how to provoke each fault; the peer programs of all languages do it in their role
//! `faults` and print what they got; here is the one comparison.

mod places;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use serde_json::Value as Json;
use test_support::{Failure, KINDS, Kind, Launch, Result, Role, kind, root};

use crate::suites;
use crate::tally::Tally;
use places::Places;

/// Which languages.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Programs, by kind; default: all of our own.
    #[arg(value_delimiter = ',')]
    kinds: Vec<String>,
    /// Takes the packages of other languages as they are installed.
    #[arg(long)]
    built: bool,
    /// Prints what the first program got in the form of the file, for new entries.
    #[arg(long)]
    show: bool,
}

/// Provokes the faults in the programs asked for; true if nothing differs.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let kinds: Result<Vec<&Kind>> = match options.kinds.is_empty() {
        true => Ok(ours().collect()),
        false => options.kinds.iter().map(|name| kind(name)).collect(),
    };
    let kinds = kinds?;
    if !options.built {
        suites::install(&kinds)?;
    }
    let places = Places::open()?;
    if options.show {
        for (name, got) in report(kinds[0], &places)? {
            println!("{name}: {} {}", got["code"], places.hide(got["text"].as_str().unwrap_or_default()));
        }
        return Ok(true);
    }
    let tally = compare(&kinds, &places)?;
    println!("{tally}");
    Ok(tally.failed == 0 && tally.passed > 0)
}

/// All faults in all languages that are built.
pub(crate) fn suite() -> Result<Tally> {
    compare(&ours().collect::<Vec<_>>(), &Places::open()?)
}

/// The programs that have the role.
fn ours() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| LANGUAGES.contains(&language(kind)))
}

/// Languages whose peer programs know the role `faults`. A new one adds its name.
const LANGUAGES: &[&str] = &["rust", "python", "node", "jvm", "c"];

fn language(kind: &Kind) -> &'static str {
    kind.name.split('-').next().unwrap_or_default()
}

fn compare(kinds: &[&'static Kind], places: &Places) -> Result<Tally> {
    let numbers = numbers()?;
    let faults = read("errors.json")?;
    let faults = faults["faults"].as_array().ok_or_else(|| Failure::new("errors.json lists no faults"))?;
    let mut tally = Tally::default();
    for kind in kinds {
        let got = match report(kind, places) {
            Ok(got) => got,
            Err(failure) => {
                println!("{}: {failure}", kind.name);
                tally += Tally::one(false);
                continue;
            }
        };
        for fault in faults {
            let difference = difference(kind, fault, &got, &numbers, places);
            if let Some(text) = &difference {
                println!("{}: {}: {text}", kind.name, fault["name"]);
            }
            tally += Tally::one(difference.is_none());
        }
    }
    Ok(tally)
}

/// What a program printed, by name of the fault.
fn report(kind: &'static Kind, places: &Places) -> Result<BTreeMap<String, Json>> {
    let file = root().join("tests/vectors/errors.json");
    let launch = Launch::new(kind, Role::Faults).option("faults", &file.to_string_lossy());
    let launch = places
        .list()
        .iter()
        .fold(launch, |launch, (name, value)| launch.option("place", &format!("{name}={value}")));
    let process = launch.start()?;
    let mut got = BTreeMap::new();
    while let Some(line) = process.line(Duration::from_secs(60))? {
        let line: Json = serde_json::from_str(&line)
            .map_err(|error| Failure::new(format!("{} printed {line}: {error}", kind.name)))?;
        match line["fault"].as_str() {
            Some(name) => drop(got.insert(name.to_owned(), line.clone())),
            None if line["done"] == true => return Ok(got),
            None => return Err(process.failure(&format!("printed {line}"))),
        }
    }
    Err(process.failure("ended before it was done"))
}

/// What is wrong about a fault in one language; `None` if all is as the file says.
fn difference(
    kind: &Kind,
    fault: &Json,
    got: &BTreeMap<String, Json>,
    numbers: &BTreeMap<String, u64>,
    places: &Places,
) -> Option<String> {
    let name = fault["name"].as_str().unwrap_or_default();
    let got = match (got.get(name), &fault["not_in"][language(kind)]) {
        (None, Json::String(_)) => return None,
        (Some(_), Json::String(reason)) => return Some(format!("came although {reason}")),
        (None, _) => return Some("was not provoked".to_owned()),
        (Some(got), _) => got,
    };
    let want = places.fill(fault["text"].as_str().unwrap_or_default());
    let text = got["text"].as_str().unwrap_or_default();
    let number = fault["code"].as_str().and_then(|code| numbers.get(code)).copied();
    if got["code"] != fault["code"] || got["number"].as_u64() != number || !fits(&want, text) {
        return Some(format!(
            "got {} {} {text:?}, want {} {want:?}",
            got["number"], got["code"], fault["code"]
        ));
    }
    None
}

/// The number of each code by name.
fn numbers() -> Result<BTreeMap<String, u64>> {
    let list = read("error_codes.json")?;
    let entry = |code: &Json| Some((code["name"].as_str()?.to_owned(), code["number"].as_u64()?));
    Ok(list.as_array().into_iter().flatten().filter_map(entry).collect())
}

fn read(name: &str) -> Result<Json> {
    let text = fs::read_to_string(root().join("tests/vectors").join(name))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(format!("{name}: {error}")))
}

/// True if the text is the pattern, in which `${any}` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split("${any}");
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `NoInvokerAvailable` is `NO_INVOKER_AVAILABLE` in C.
    fn constant(name: &str) -> String {
        let mut constant = String::from("DUBBO_ERR");
        for letter in name.chars() {
            if letter.is_ascii_uppercase() {
                constant.push('_');
            }
            constant.push(letter.to_ascii_uppercase());
        }
        constant
    }

    #[test]
    fn the_constants_of_the_header_are_the_numbers_of_the_core() {
        let header = fs::read_to_string(root().join("bindings-c/include/polydubbo.h")).expect("the header");
        let defined = header.lines().filter_map(|line| line.strip_prefix("#define ")?.split_once(' '));
        let defined: BTreeMap<String, u64> = defined
            .filter(|(name, _)| name.starts_with("DUBBO_ERR_"))
            .filter_map(|(name, number)| Some((name.to_owned(), number.parse().ok()?)))
            .collect();
        let want = numbers().expect("the list of codes");
        assert!(want.len() > 30);
        assert_eq!(defined, want.into_iter().map(|(name, number)| (constant(&name), number)).collect());
    }

    #[test]
    fn a_pattern_fits_its_text_and_no_other() {
        for (pattern, text, want) in [
            ("no provider", "no provider", true),
            ("no provider", "no provider.", false),
            ("after ${any} ms, ${any}.", "after 51 ms, late.", true),
            ("after ${any} ms, ${any}.", "after 51 ms, late", false),
            ("after ${any} ms", "before 51 ms", false),
            ("${any}", "whatever", true),
        ] {
            assert_eq!(fits(pattern, text), want, "{pattern} {text}");
        }
    }
}
