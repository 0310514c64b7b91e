//! A C program that calls every function of the header with NULL for each of its pointers.
//!
//! The other parameters are good, as far as `bindings-c/tests/nulls.h` can make them. A function that returns a number
//! must refuse the NULL, unless its comment says that it is welcome.

use std::fmt::Write as _;

use super::functions::{Function, functions};

/// The text of the program.
pub(crate) fn program(header: &str) -> String {
    let mut text =
        "/* Made by cargo xtask test --only c. */\n#include \"nulls.h\"\n\nint main(void) {\n".to_owned();
    for function in &functions(header) {
        for (index, (kind, _)) in function.parameters.iter().enumerate() {
            if is_pointer(kind) || is_view(kind) {
                let _ = writeln!(text, "{}", one_call(function, index));
            }
        }
    }
    text.push_str("  return 0;\n}\n");
    text
}

/// One call, with NULL in one place.
fn one_call(function: &Function, null: usize) -> String {
    let (mut before, mut after) = (String::new(), String::new());
    let mut arguments = Vec::new();
    for (index, (kind, name)) in function.parameters.iter().enumerate() {
        let is_null = index == null;
        arguments.push(match () {
            () if is_null && is_view(kind) => format!("lying_{kind}()"),
            () if is_null || kind == "void *" => "NULL".to_owned(),
            () if is_view(kind) => format!("good_{kind}()"),
            () if kind.ends_with("_fn") => format!("good_{kind}"),
            () if is_place(kind) => {
                let pointed = kind.strip_suffix('*').unwrap_or(kind).trim();
                let _ = write!(before, "{} {name} = {}; ", pointed, zero(pointed));
                if let Some(object) = owned_object(pointed) {
                    let _ = write!(after, " {object}_free({name});");
                }
                format!("&{name}")
            }
            () if kind.contains('*') => good(function, kind, name),
            () => "0".to_owned(),
        });
    }
    let call = format!("{}({})", function.name, arguments.join(", "));
    let what = format!("\"{} with {} NULL\"", function.name, function.parameters[null].1);
    let checked = match &*function.result {
        "uint32_t" if is_refused(function, null) => format!("refused({call}, {what});"),
        "dubbo_value *" | "dubbo_buf *" => {
            format!("{}_free({call});", function.result.trim_end_matches([' ', '*']))
        }
        "void" => format!("{call};"),
        _ => format!("(void){call};"),
    };
    format!("  {{ {before}{checked}{after} }}")
}

/// Numbers are returned by functions that fail, and by some that cannot.
fn is_refused(function: &Function, null: usize) -> bool {
    let (kind, name) = &function.parameters[null];
    let can_fail = function.parameters.last().is_some_and(|(_, name)| name == "err");
    let is_counted = matches!(&**name, "fields" | "units" | "services");
    let says = |line: &str| line.contains(&format!("@param {name} ")) && line.contains("NULL");
    let is_welcome = function.comment.lines().any(says);
    can_fail && name != "err" && kind != "void *" && !is_counted && (!is_welcome || is_view(kind))
}

fn is_pointer(kind: &str) -> bool {
    kind.contains('*') || kind.ends_with("_fn")
}

fn is_view(kind: &str) -> bool {
    matches!(kind, "dubbo_str" | "dubbo_bytes")
}

/// A place for a result.
fn is_place(kind: &str) -> bool {
    kind.ends_with("**")
        || matches!(
            kind,
            "bool *"
                | "int32_t *"
                | "int64_t *"
                | "uint64_t *"
                | "double *"
                | "size_t *"
                | "dubbo_str *"
                | "dubbo_bytes *"
        )
}

fn zero(kind: &str) -> &'static str {
    if kind.starts_with("dubbo_") && !kind.contains('*') { "{NULL, 0}" } else { "0" }
}

/// The type of a result that the program must release.
fn owned_object(pointed: &str) -> Option<&str> {
    let object = pointed.strip_suffix('*')?.trim();
    (!object.starts_with("const")).then_some(object)
}

/// A good object: one of its own if the library takes it, else one that all calls share.
fn good(function: &Function, kind: &str, name: &str) -> String {
    let object = kind.trim_start_matches("const ").trim_end_matches([' ', '*']).trim_end_matches(" *const");
    let object = object.trim_end_matches([' ', '*']);
    let is_consumed = function.comment.lines().any(|line| {
        line.contains(&format!("@param {name} ")) && line.contains("consumed") && !line.contains("array")
    });
    match object {
        "dubbo_str" | "uint16_t" | "dubbo_service"
            if kind.starts_with("const") || kind.contains("*const") =>
        {
            "NULL".to_owned()
        }
        _ if is_consumed => format!("new_{object}()"),
        _ => format!("shared_{object}()"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pointer_of_every_function_is_null_once() {
        let header = super::super::header::generate().expect("the header");
        let program = program(&header);
        let pointers: usize = functions(&header)
            .iter()
            .flat_map(|function| &function.parameters)
            .filter(|(kind, _)| is_pointer(kind) || is_view(kind))
            .count();
        assert_eq!(program.lines().filter(|line| line.starts_with("  {")).count(), pointers);
        assert!(program.contains(
            "refused(dubbo_value_push(NULL, new_dubbo_value(), &err), \"dubbo_value_push with list NULL\");"
        ));
    }
}
