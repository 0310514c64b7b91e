//! Several protocols on one port: the first bytes of a connection decide.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::codec::frame::MAGIC;

/// A protocol that shares the port of a [`ServerListener`](super::ServerListener).
pub trait PortProtocol: Send + Sync + 'static {
    /// The name in the log.
    fn name(&self) -> &'static str;

    /// Looks at the first bytes of a connection, 1 to [`FIRST_BYTES`] of them.
    fn recognise(&self, first: &[u8]) -> Recognition;

    /// Takes a connection over, together with the bytes that were read from it. Called on the
    /// runtime to which the socket belongs; must not block.
    fn serve(&self, stream: TcpStream, first: Bytes);
}

/// Most bytes that are looked at: the length of the HTTP/2 preface.
pub const FIRST_BYTES: usize = 24;

/// Time in which a connection that has begun to speak must be recognised. One that is silent is
/// not undecided: Dubbo consumers connect early, and send their first heartbeat after a minute.
const DECIDE_WITHIN: Duration = Duration::from_secs(5);

/// What a protocol thinks of the first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognition {
    /// They are its own.
    Yes,
    /// They may become its own.
    More,
    /// They are not its own.
    No,
}

/// Which protocol a connection speaks.
pub(super) enum Choice {
    Dubbo(Vec<u8>),
    Other(Arc<dyn PortProtocol>, Vec<u8>),
    Nobody,
}

/// Reads until one protocol recognises the connection, which may be silent for `silence`; zero:
/// for ever.
pub(super) async fn choose(
    stream: &mut (impl AsyncRead + Unpin),
    protocols: &[Arc<dyn PortProtocol>],
    silence: Duration,
) -> io::Result<Choice> {
    let mut first = [0; FIRST_BYTES];
    let mut known = 0;
    let mut deadline = (!silence.is_zero()).then(|| Instant::now() + silence);
    loop {
        let reading = stream.read(&mut first[known..]);
        let read = match deadline {
            Some(deadline) => match tokio::time::timeout_at(deadline, reading).await {
                Ok(read) => read?,
                Err(_) => return Ok(Choice::Nobody),
            },
            None => reading.await?,
        };
        if read == 0 {
            return Ok(Choice::Nobody);
        }
        if known == 0 {
            deadline = Some(Instant::now() + DECIDE_WITHIN);
        }
        known += read;
        if let Some(choice) = decide(&first[..known], protocols) {
            return Ok(choice);
        }
    }
}

/// `None` when more bytes are needed and there is room for them.
fn decide(first: &[u8], protocols: &[Arc<dyn PortProtocol>]) -> Option<Choice> {
    if first.starts_with(&MAGIC) {
        return Some(Choice::Dubbo(first.to_vec()));
    }
    let mut undecided = MAGIC.starts_with(first);
    for protocol in protocols {
        match protocol.recognise(first) {
            Recognition::Yes => return Some(Choice::Other(protocol.clone(), first.to_vec())),
            Recognition::More => undecided = true,
            Recognition::No => {}
        }
    }
    let waits = undecided && first.len() < FIRST_BYTES;
    (!waits).then_some(Choice::Nobody)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Preface(&'static str);

    impl PortProtocol for Preface {
        fn name(&self) -> &'static str {
            self.0
        }

        fn recognise(&self, first: &[u8]) -> Recognition {
            if first.starts_with(self.0.as_bytes()) {
                Recognition::Yes
            } else if self.0.as_bytes().starts_with(first) {
                Recognition::More
            } else {
                Recognition::No
            }
        }

        fn serve(&self, _: TcpStream, _: Bytes) {}
    }

    #[test]
    fn the_first_bytes_decide() {
        let protocols: Vec<Arc<dyn PortProtocol>> =
            vec![Arc::new(Preface("PRI * HTTP")), Arc::new(Preface("POST "))];
        for (first, want) in [
            (&b"\xDA"[..], "more"),
            (b"\xDA\xBB", "dubbo"),
            (b"\xDA\xBC", "nobody"),
            (b"P", "more"),
            (b"PR", "more"),
            (b"POST /", "POST "),
            (b"PRI * HTTP/2.0", "PRI * HTTP"),
            (b"PUT", "nobody"),
            (b"ls\r\n", "nobody"),
        ] {
            let choice = match decide(first, &protocols) {
                None => "more",
                Some(Choice::Dubbo(_)) => "dubbo",
                Some(Choice::Other(protocol, _)) => protocol.name(),
                Some(Choice::Nobody) => "nobody",
            };
            assert_eq!(choice, want, "{first:x?}");
        }
    }

    /// Paused time: the clock jumps to the next deadline when nothing else is left to do.
    #[tokio::test(start_paused = true)]
    async fn who_begins_to_speak_has_five_seconds_and_who_is_silent_the_idle_time() {
        use tokio::io::AsyncWriteExt;
        let silence = Duration::from_secs(180);
        for (bytes, silence, want) in
            [(&b""[..], silence, 180), (b"PO", silence, 5), (b"\xDA", Duration::ZERO, 5)]
        {
            let protocols: Vec<Arc<dyn PortProtocol>> = vec![Arc::new(Preface("POST "))];
            let (mut peer, mut stream) = tokio::io::duplex(64);
            peer.write_all(bytes).await.expect("room");
            let began = Instant::now();
            let choice = choose(&mut stream, &protocols, silence).await.expect("no error");
            assert!(matches!(choice, Choice::Nobody), "{bytes:x?}");
            assert_eq!(began.elapsed().as_secs(), want, "{bytes:x?}");
        }
    }

    #[test]
    fn more_bytes_than_the_longest_preface_are_never_waited_for() {
        struct Undecided;
        impl PortProtocol for Undecided {
            fn name(&self) -> &'static str {
                "undecided"
            }
            fn recognise(&self, _: &[u8]) -> Recognition {
                Recognition::More
            }
            fn serve(&self, _: TcpStream, _: Bytes) {}
        }
        let protocols: Vec<Arc<dyn PortProtocol>> = vec![Arc::new(Undecided)];
        assert!(decide(&[b'x'; FIRST_BYTES - 1], &protocols).is_none());
        assert!(matches!(decide(&[b'x'; FIRST_BYTES], &protocols), Some(Choice::Nobody)));
    }
}
