//! How a call ended, and the errors with Dubbo's texts for the ends that come from this side.

use std::net::SocketAddr;
use std::time::SystemTime;

use bytes::Bytes;

use super::clock::{self, Tick};
use crate::codec::frame;
use crate::error::{Error, ErrorCode, Result};

/// An answer as it came off the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// See [`status`](crate::codec::frame::status).
    pub status: u8,
    /// Serialization id of the body.
    pub serialization: u8,
    /// A result when the status is OK, otherwise one string.
    pub body: Bytes,
}

/// The end of a call; small enough to wait in a slot. Texts are made by whoever takes it, after
/// the lock of the connection is released.
pub(crate) type Outcome = Result<Response, Failure>;

/// Ends that this side brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The connection closed first.
    Inactive,
    /// The deadline passed; `sent` is when the request was written, if it was.
    Timeout { start: Tick, sent: Option<Tick>, end: Tick, timeout: u32 },
    /// The response is longer than allowed.
    TooLarge { length: u32, limit: u32 },
    /// The caller gave up.
    Cancelled,
}

/// The two ends of a connection, for texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
}

impl Failure {
    #[cold]
    pub(crate) fn into_error(self, id: i64, ends: Ends) -> Error {
        match self {
            Self::Inactive => Error::new(ErrorCode::StatusChannelInactive, inactive(id, ends)),
            Self::Cancelled => Error::new(ErrorCode::Cancelled, "request future has been canceled."),
            Self::TooLarge { length, limit } => {
                let text = frame::too_large(u64::from(length), limit, &channel_text(ends));
                Error::new(ErrorCode::StatusClientError, text)
            }
            Self::Timeout { start, sent, end, timeout } => {
                let code = match sent {
                    Some(_) => ErrorCode::StatusServerTimeout,
                    None => ErrorCode::StatusClientTimeout,
                };
                Error::new(code, timeout_text(id, ends, start, sent, end, timeout))
            }
        }
    }
}

fn inactive(id: i64, ends: Ends) -> String {
    let (channel, request) = (channel_text(ends), request_text(id));
    format!("Channel {channel} is inactive. Directly return the unFinished request : {request}")
}

fn timeout_text(id: i64, ends: Ends, start: Tick, sent: Option<Tick>, end: Tick, timeout: u32) -> String {
    let phase = match sent {
        Some(_) => "Waiting server-side response timeout",
        None => "Sending request timeout in client-side",
    };
    let elapsed = match sent {
        Some(sent) => format!(
            "client elapsed: {} ms, server elapsed: {} ms",
            sent.wrapping_sub(start),
            end.wrapping_sub(sent)
        ),
        None => format!("elapsed: {} ms", end.wrapping_sub(start)),
    };
    format!(
        "{phase} by scan timer. start time: {}, end time: {}, {elapsed}, timeout: {timeout} ms, request: {}, channel: {} -> {}",
        date_text(clock::wall(start)),
        date_text(clock::wall(end)),
        request_text(id),
        java_address(ends.local),
        java_address(ends.remote),
    )
}

/// A request as Dubbo prints it; the data of the call is left out.
fn request_text(id: i64) -> String {
    format!("Request [id={id}, version=2.0.2, twoway=true, event=false, broken=false, data=null]")
}

/// A connection as Dubbo prints it.
pub(crate) fn channel_text(ends: Ends) -> String {
    format!("NettyChannel [channel=[L:{} - R:{}]]", java_address(ends.local), java_address(ends.remote))
}

/// An address as Java prints one without a host name.
pub(crate) fn java_address(address: SocketAddr) -> String {
    format!("/{address}")
}

/// `yyyy-MM-dd HH:mm:ss.SSS` in UTC: the standard library does not know the local time zone.
fn date_text(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}.{:03}",
        second / 3600,
        second / 60 % 60,
        second % 60,
        since.subsec_millis()
    )
}

/// Year, month and day of a day count since 1970-01-01. Years are counted from March, so that
/// the leap day is the last day of a year.
fn civil(days: u64) -> (u64, u64, u64) {
    let day = days + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ends() -> Ends {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Ends { local: address(4000), remote: address(20880) }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, want) in [
            (0, "1970-01-01 00:00:00.007"),
            (951_782_400, "2000-02-29 00:00:00.007"),
            (1_709_164_799, "2024-02-28 23:59:59.007"),
            (1_735_689_599, "2024-12-31 23:59:59.007"),
            (4_107_542_400, "2100-03-01 00:00:00.007"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_millis(7);
            assert_eq!(date_text(time), want);
        }
    }

    #[test]
    fn the_phase_of_a_timeout_tells_whether_the_request_was_written() {
        let timeout = |sent| Failure::Timeout { start: 100, sent, end: 1100, timeout: 1000 };
        let server = timeout(Some(103)).into_error(5, ends());
        assert_eq!(server.code(), ErrorCode::StatusServerTimeout);
        assert!(
            server.message().starts_with("Waiting server-side response timeout by scan timer. start time: ")
        );
        assert!(server.message().ends_with(
            ", client elapsed: 3 ms, server elapsed: 997 ms, timeout: 1000 ms, request: Request [id=5, \
             version=2.0.2, twoway=true, event=false, broken=false, data=null], \
             channel: /127.0.0.1:4000 -> /127.0.0.1:20880"
        ));
        let client = timeout(None).into_error(5, ends());
        assert_eq!(client.code(), ErrorCode::StatusClientTimeout);
        assert!(client.message().contains("Sending request timeout in client-side by scan timer."));
        assert!(client.message().contains(", elapsed: 1000 ms, timeout: 1000 ms, "));
    }
}
