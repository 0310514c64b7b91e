//! One connection, as its loop sees it: reading.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use mio::net::TcpStream;

use super::connection::Connection;
use super::{ConnectionOptions, PolledEvent};
use crate::codec::frames::{FrameCutter, Piece};
use crate::error::{Error, ErrorCode};
use crate::exchange::clock::{self, Tick};
use crate::transport::scratch;

/// See the module.
pub(super) struct Entry {
    pub(super) connection: Connection,
    socket: Arc<TcpStream>,
    cutter: FrameCutter,
    /// The peer sends nothing more; what it has sent must still be read.
    pub(super) is_ending: bool,
    /// It is in the list of those to be read.
    pub(super) is_listed: bool,
    read_at: Tick,
    read_idle: u32,
    all_idle: u32,
}

/// What a read found.
pub(super) enum Found {
    /// Nothing is left.
    Nothing,
    /// There may be more.
    More,
    /// The connection is over.
    End(Option<Error>),
}

/// After a read that does not fill the buffer the socket is known to be empty. Elsewhere only a refused read tells.
const SHORT_READ_IS_LAST: bool = cfg!(unix);

impl Entry {
    pub(super) fn new(connection: Connection, socket: Arc<TcpStream>, options: &ConnectionOptions) -> Self {
        Self {
            connection,
            socket,
            cutter: FrameCutter::new(options.limits),
            is_ending: false,
            is_listed: false,
            read_at: clock::now(),
            read_idle: span(options.read_idle),
            all_idle: span(options.all_idle),
        }
    }

    /// Reads once and appends what that gives.
    pub(super) fn read(&mut self, pieces: &mut Vec<Piece>) -> Found {
        scratch::with(|buffer| {
            let read = loop {
                match (&*self.socket).read(buffer) {
                    Ok(0) => return Found::End(None),
                    Ok(read) => break read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Found::Nothing,
                    Err(error) => return Found::End(Some(broken(error))),
                }
            };
            self.read_at = clock::latest();
            if let Err(fault) = self.cutter.consume(&buffer[..read], pieces) {
                let text = format!("the stream cannot be followed: {fault}");
                return Found::End(Some(Error::new(ErrorCode::Network, text)));
            }
            let is_last = SHORT_READ_IS_LAST && read < buffer.len() && !self.is_ending;
            if is_last { Found::Nothing } else { Found::More }
        })
    }

    /// Tells if the connection has been idle for long enough, and when to ask again.
    pub(super) fn idle(&mut self, now: Tick) -> (Option<PolledEvent>, Option<Tick>) {
        let wrote_at = self.connection.wrote_at();
        let Some(deadline) = deadline(self.read_at, wrote_at, self.read_idle, self.all_idle) else {
            return (None, None);
        };
        if !clock::passed(deadline, now) {
            return (None, Some(deadline));
        }
        // The time begins anew, so that it is told again if nothing changes.
        self.read_at = now;
        let again = now.wrapping_add(self.read_idle.max(self.all_idle));
        (Some(PolledEvent::Idle { connection: self.connection.id() }), Some(again))
    }
}

/// When a connection counts as idle, if that was asked for.
fn deadline(read_at: Tick, wrote_at: Tick, read_idle: u32, all_idle: u32) -> Option<Tick> {
    let used_at = if clock::passed(read_at, wrote_at) { wrote_at } else { read_at };
    let read = (read_idle > 0).then(|| read_at.wrapping_add(read_idle));
    let all = (all_idle > 0).then(|| used_at.wrapping_add(all_idle));
    [read, all].into_iter().flatten().reduce(clock::earlier)
}

/// The error for a socket that failed.
pub(super) fn broken(error: io::Error) -> Error {
    Error::new(ErrorCode::Network, super::connection::reason(&error)).caused_by(error)
}

/// A time of zero is switched off.
fn span(duration: Duration) -> u32 {
    if duration.is_zero() { 0 } else { clock::ticks(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_counts_only_if_both_directions_do() {
        for (read_at, wrote_at, read_idle, all_idle, want) in [
            (100, 500, 0, 0, None),
            (100, 500, 50, 0, Some(150)),
            (100, 500, 0, 50, Some(550)),
            (500, 100, 0, 50, Some(550)),
            (100, 500, 1000, 50, Some(550)),
            (u32::MAX, 9, 0, 50, Some(59)),
            (u32::MAX, u32::MAX - 5, 10, 0, Some(9)),
        ] {
            assert_eq!(deadline(read_at, wrote_at, read_idle, all_idle), want, "{read_at} {wrote_at}");
        }
    }
}
