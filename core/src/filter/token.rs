//! `token`: only callers that know the secret of the provider's URL get through.

use super::{Call, Filter, Flow};
use crate::error::{Error, ErrorCode};

/// Compares the attachment `token` with the provider's.
#[derive(Debug)]
pub struct Token {
    expected: Box<str>,
}

impl Token {
    /// Creates the filter for the secret of one service.
    #[must_use]
    pub fn new(expected: impl Into<Box<str>>) -> Self {
        Self { expected: expected.into() }
    }
}

impl Filter for Token {
    fn before(&self, call: &mut Call) -> Flow {
        if call.invocation.attachments.text("token") == Some(&self.expected) {
            return Flow::Continue;
        }
        // Java 3.x also prints the wrong token; secrets do not belong into logs, so we follow 2.7.
        let host = |address: Option<std::net::SocketAddr>| {
            address.map_or_else(|| "unknown".to_owned(), |address| address.ip().to_string())
        };
        Flow::Fail(Error::new(
            ErrorCode::Unknown,
            format!(
                "Invalid token! Forbid invoke remote service interface {} method {}() from consumer {} to provider {}",
                call.interface(),
                call.method(),
                host(call.remote),
                host(call.local),
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::call;

    #[test]
    fn only_the_right_token_passes_and_the_text_is_that_of_java() {
        let filter = Token::new("tok");
        for (given, passes) in [(Some("tok"), true), (Some("other"), false), (Some(""), false), (None, false)]
        {
            let mut call = call("hello");
            if let Some(token) = given {
                call.invocation.attachments.set("token", token);
            }
            match filter.before(&mut call) {
                Flow::Continue => assert!(passes, "{given:?}"),
                Flow::Fail(error) => {
                    assert!(!passes, "{given:?}");
                    assert_eq!(
                        error.message(),
                        "Invalid token! Forbid invoke remote service interface demo.Foo method hello() from consumer \
                         10.0.0.1 to provider 10.0.0.2"
                    );
                }
                Flow::Answer(_) => panic!("the token filter never answers"),
            }
        }
    }
}
