//! The functions of the header, for tests that look at each of them.

/// A declared function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// What it returns, as it is written.
    pub(crate) result: String,
    /// Type and name of each parameter.
    pub(crate) parameters: Vec<(String, String)>,
    /// The comment above it.
    pub(crate) comment: String,
}

/// All functions that the library exports, in the order of the header.
pub(crate) fn functions(header: &str) -> Vec<Function> {
    let Some((_, body)) = header.split_once("extern \"C\" {") else { return Vec::new() };
    let body = body.split_once("#endif").map_or(body, |(_, rest)| rest);
    let body = body.split_once("#ifdef __cplusplus").map_or(body, |(body, _)| body);
    // A comment may hold semicolons, the declaration behind it ends with one.
    let mut rest = body;
    let mut all = Vec::new();
    while let Some((comment, behind)) = rest.split_once("*/") {
        let Some((code, next)) = behind.split_once(';') else { break };
        all.extend(function(comment, code));
        rest = next;
    }
    all
}

fn function(comment: &str, code: &str) -> Option<Function> {
    let (head, rest) = code.trim().split_once('(')?;
    let (parameters, _) = rest.rsplit_once(')')?;
    let name_at = head.rfind(|c: char| !c.is_alphanumeric() && c != '_')? + 1;
    let parameters = parameters.split(',').filter_map(parameter).collect();
    Some(Function {
        name: head[name_at..].to_owned(),
        result: head[..name_at].trim().to_owned(),
        parameters,
        comment: comment.to_owned(),
    })
}

fn parameter(text: &str) -> Option<(String, String)> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text == "void" {
        return None;
    }
    let name_at = text.rfind(|c: char| !c.is_alphanumeric() && c != '_')? + 1;
    Some((text[..name_at].trim().to_owned(), text[name_at..].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 5] = ["borrowed", "owned", "consumed", "view", "retained"];

    #[test]
    fn functions_are_read_from_their_declarations() {
        let header = "#ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n\n/** Gives. */\nconst dubbo_value \
                      *dubbo_value_item(const dubbo_value *value,\n  size_t index);\n/** Makes. */\ndubbo_value \
                      *dubbo_value_new(void);\n\n#ifdef __cplusplus\n}\n#endif\n";
        let read = functions(header);
        assert_eq!(read.len(), 2);
        assert_eq!((&*read[0].name, &*read[0].result), ("dubbo_value_item", "const dubbo_value *"));
        let parameters: Vec<_> = read[0].parameters.iter().map(|(t, n)| (&**t, &**n)).collect();
        assert_eq!(parameters, [("const dubbo_value *", "value"), ("size_t", "index")]);
        assert!(read[1].parameters.is_empty());
    }

    #[test]
    fn every_pointer_of_the_header_says_who_owns_what() {
        let header = super::super::header::generate().expect("the header");
        let all = functions(&header);
        assert!(all.len() > 100, "{}", all.len());
        let mut silent = Vec::new();
        for function in &all {
            for (kind, name) in &function.parameters {
                // The head of the header speaks for these: errors, and places of numbers.
                let is_pointer = kind.contains('*') && name != "err" && !is_number(kind);
                let is_view = matches!(&**kind, "dubbo_str" | "dubbo_bytes");
                let line = function.comment.lines().find(|line| line.contains(&format!("@param {name} ")));
                let says = line.is_some_and(|line| WORDS.iter().any(|word| line.contains(word)));
                if (is_pointer || is_view) && !says && name != "vtable" && name != "events" {
                    silent.push(format!("{}: {name}", function.name));
                }
            }
            if function.result.contains("dubbo_") && function.result.contains('*') {
                let says =
                    function.comment.contains("@return owned") || function.comment.contains("@return view");
                if !says {
                    silent.push(format!("{}: result", function.name));
                }
            }
        }
        assert!(silent.is_empty(), "{silent:#?}");
    }

    fn is_number(kind: &str) -> bool {
        let pointed = kind.trim_end_matches('*').trim();
        matches!(
            pointed,
            "bool" | "int32_t" | "int64_t" | "uint64_t" | "double" | "size_t" | "dubbo_str" | "dubbo_bytes"
        ) && !kind.starts_with("const")
    }
}
