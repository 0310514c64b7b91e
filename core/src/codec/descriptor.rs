//! Parameter descriptors: the erased types of a method in the notation of the JVM, one after the
//! other, for example `Ljava/lang/String;[I`.

/// Descriptor of `$invoke` and `$invokeAsync`, compared literally: with any other the name is an ordinary one.
pub const GENERIC_DESCRIPTOR: &str = "Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;";
/// Descriptor of `$echo`, compared literally.
pub const ECHO_DESCRIPTOR: &str = "Ljava/lang/Object;";
/// Method name of a synchronous generic call.
pub const GENERIC_INVOKE: &str = "$invoke";
/// Method name of an asynchronous generic call; providers treat both alike.
pub const GENERIC_INVOKE_ASYNC: &str = "$invokeAsync";
/// Method name of the echo test.
pub const ECHO: &str = "$echo";

/// True for a generic call: the reserved name together with its descriptor.
#[must_use]
pub fn is_generic_call(method: &str, descriptor: &str) -> bool {
    matches!(method, GENERIC_INVOKE | GENERIC_INVOKE_ASYNC) && descriptor == GENERIC_DESCRIPTOR
}

/// True for the echo test: the reserved name together with its descriptor.
#[must_use]
pub fn is_echo(method: &str, descriptor: &str) -> bool {
    method == ECHO && descriptor == ECHO_DESCRIPTOR
}

/// Splits a descriptor into the types of its parameters; ends early, with `None` from
/// [`Parameters::finish`], where the text stops following the grammar.
#[derive(Debug, Clone)]
pub struct Parameters<'a> {
    rest: &'a str,
}

impl<'a> Parameters<'a> {
    /// Starts at the first parameter.
    #[must_use]
    pub fn new(descriptor: &'a str) -> Self {
        Self { rest: descriptor }
    }

    /// `Some` when the whole descriptor was well formed and has been read.
    #[must_use]
    pub fn finish(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (one, rest) = self.rest.split_at(type_len(self.rest)?);
        self.rest = rest;
        Some(one)
    }
}

/// Number of parameters, or `None` when the descriptor does not follow the grammar.
#[must_use]
pub fn parameter_count(descriptor: &str) -> Option<usize> {
    let mut parameters = Parameters::new(descriptor);
    let count = parameters.by_ref().count();
    parameters.finish().map(|()| count)
}

/// Java's name of the class in `Lsome/Name;`, `None` for primitives and arrays.
#[must_use]
pub fn class_name(parameter: &str) -> Option<String> {
    let inner = parameter.strip_prefix('L')?.strip_suffix(';')?;
    Some(inner.replace('/', "."))
}

fn type_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let dimensions = bytes.iter().take_while(|b| **b == b'[').count();
    // The class file format allows no more dimensions; the bound also keeps hostile text cheap.
    if dimensions > 255 {
        return None;
    }
    match bytes.get(dimensions)? {
        b'V' | b'Z' | b'B' | b'C' | b'D' | b'F' | b'I' | b'J' | b'S' => Some(dimensions + 1),
        b'L' => {
            let end = memchr::memchr(b';', &bytes[dimensions..])?;
            (end > 1).then_some(dimensions + end + 1)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_split_into_their_parameters() {
        let all = "ZBCDFIJS[I[[Ljava/lang/String;Ljava/util/List;Ldemo/Foo$Inner;";
        let parts: Vec<_> = Parameters::new(all).collect();
        assert_eq!(
            parts,
            [
                "Z",
                "B",
                "C",
                "D",
                "F",
                "I",
                "J",
                "S",
                "[I",
                "[[Ljava/lang/String;",
                "Ljava/util/List;",
                "Ldemo/Foo$Inner;"
            ]
        );
        assert_eq!(parts.last().and_then(|p| class_name(p)).as_deref(), Some("demo.Foo$Inner"));
    }

    #[test]
    fn malformed_descriptors_have_no_count() {
        for (descriptor, want) in [
            ("", Some(0)),
            ("I", Some(1)),
            (GENERIC_DESCRIPTOR, Some(3)),
            ("[", None),
            ("L", None),
            ("L;", None),
            ("Ljava/lang/String", None),
            ("IX", None),
            ("é", None),
            ("Lé;I", Some(2)),
        ] {
            assert_eq!(parameter_count(descriptor), want, "{descriptor}");
        }
    }

    #[test]
    fn reserved_names_need_their_exact_descriptor() {
        assert!(is_generic_call("$invoke", GENERIC_DESCRIPTOR));
        assert!(is_generic_call("$invokeAsync", GENERIC_DESCRIPTOR));
        assert!(!is_generic_call("$invoke", "I"));
        assert!(is_echo("$echo", ECHO_DESCRIPTOR));
        assert!(!is_echo("$echo", ""));
    }
}
