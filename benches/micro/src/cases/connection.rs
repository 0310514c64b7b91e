//! The shared state of a connection, without a socket.

use std::hint::black_box;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use polydubbo::exchange::Body;
use polydubbo::exchange::internals::ConnectionState;

use super::Step;

const TIMEOUT: u32 = 10_000;

fn body() -> Bytes {
    Bytes::from(vec![b'x'; 256])
}

/// A batch of calls: all submitted, written at once, answered by one read, fetched.
pub(super) fn calls(count: usize) -> Result<Step> {
    let mut connection = ConnectionState::default();
    let (request, response) = (Body::from_segments([body()]), body());
    let mut ids = Vec::with_capacity(count);
    Ok(Box::new(move || {
        ids.clear();
        ids.extend((0..count).filter_map(|_| connection.submit(black_box(&request), TIMEOUT, 1)));
        connection.flush(1);
        assert_eq!(connection.receive(&ids, &response), count);
        assert!(ids.iter().all(|id| connection.take(*id)));
    }))
}

/// A call that is submitted and cancelled.
pub(super) fn cancel() -> Result<Step> {
    let mut connection = ConnectionState::default();
    let request = Body::from_segments([body()]);
    Ok(Box::new(move || {
        let id = connection.submit(black_box(&request), TIMEOUT, 1).expect("a free slot");
        connection.cancel(id);
        connection.flush(1);
    }))
}

/// One look at the deadlines of many calls, none of which has passed.
pub(super) fn scan(count: usize) -> Result<Step> {
    let mut connection = ConnectionState::default();
    let request = Body::from_segments([Bytes::from_static(b"N")]);
    for _ in 0..count {
        connection.submit(&request, TIMEOUT * 1000, 1).context("a free slot")?;
    }
    let early = connection.submit(&request, TIMEOUT, 1).context("a free slot")?;
    ensure!(connection.expire(TIMEOUT + 2) == 1 && connection.take(early), "one call has timed out");
    let mut now = TIMEOUT + 2;
    Ok(Box::new(move || {
        // A call with a near deadline makes the next look necessary.
        let id = connection.submit(&request, 1, now).expect("a free slot");
        now += 20;
        assert_eq!(connection.expire(black_box(now)), 1);
        assert!(connection.take(id));
        connection.flush(now);
    }))
}
