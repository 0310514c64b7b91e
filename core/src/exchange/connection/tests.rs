use std::collections::HashMap;

use bytes::Bytes;

use super::*;
use crate::codec::frame::{self, Decoded, HESSIAN2};
use crate::exchange::Body;
use crate::exchange::outcome::Response;

/// A number in the place of a waker or a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tell {
    Fetch(u32),
    Push(u32),
}

impl Notify for Tell {
    fn fetches(&self) -> bool {
        matches!(self, Self::Fetch(_))
    }
}

type Conn = Connection<Tell>;

const BOUNDS: Bounds = Bounds { max_in_flight: 1000, congested: 10_000, relieved: 2_000 };

fn connection() -> Conn {
    Connection::new(IdFormat::wide(fastrand::u64(..)), BOUNDS)
}

fn body(size: usize) -> Body {
    Body::from(vec![7; size])
}

/// Submits as the product does, without ever writing inline. Returns the id, and whether the
/// flushing task must be woken.
fn submit(conn: &mut Conn, tell: Tell, size: usize, timeout: u32, now: Tick) -> Result<(i64, bool), Refused> {
    let id = conn.begin_call(size, tell, timeout, now)?;
    let kick = conn.wrote(&FrameHeader::request(id, HESSIAN2, true, size as u32), &body(size).parts(), 0);
    Ok((id, kick))
}

fn answer(id: i64) -> (i64, Outcome) {
    let response = Response { status: 20, serialization: HESSIAN2, body: Bytes::from(id.to_string()) };
    (id, Ok(response))
}

fn receive(conn: &mut Conn, ids: &[i64]) -> Vec<Completion<Tell>> {
    let mut done = Done::default();
    conn.receive(&mut ids.iter().map(|&id| answer(id)).collect(), 0, &mut done);
    listed(&mut done)
}

fn expire(conn: &mut Conn, now: Tick) -> Vec<Completion<Tell>> {
    let mut done = Done::default();
    conn.expire(now, &mut done);
    listed(&mut done)
}

/// Plays the flushing task with a socket that takes everything.
fn flush(conn: &mut Conn, now: Tick) -> (Vec<u8>, Vec<Completion<Tell>>) {
    let (mut writing, mut bytes, mut done) = (Writing::default(), Vec::new(), Done::default());
    while conn.wants_flush() && conn.next_write(&mut writing) {
        let before = bytes.len();
        while let (false, Some(slice)) = (writing.is_done(), writing.single()) {
            let slice = slice.to_vec();
            writing.advance(slice.len());
            bytes.extend(slice);
        }
        conn.confirm(bytes.len() - before, false, now, &mut done);
    }
    (bytes, listed(&mut done))
}

/// Somebody who is told, and what is delivered with it.
#[derive(Debug, PartialEq, Eq)]
struct Completion<W> {
    notify: W,
    end: Option<(i64, Outcome)>,
}

fn listed(done: &mut Done<Tell>) -> Vec<Completion<Tell>> {
    let told = done.told.drain(..).map(|notify| Completion { notify, end: None });
    let delivered = done.delivered.drain(..);
    told.chain(delivered.map(|(notify, id, outcome)| Completion { notify, end: Some((id, outcome)) }))
        .collect()
}

fn told(notify: Tell) -> Completion<Tell> {
    Completion { notify, end: None }
}

#[test]
fn a_waiting_future_is_told_and_fetches_its_response_once() {
    let mut conn = connection();
    let (id, _) = submit(&mut conn, Tell::Fetch(1), 10, 1000, 0).expect("accepted");
    assert_eq!(conn.take(id), None);
    assert_eq!(receive(&mut conn, &[id]), [told(Tell::Fetch(1))]);
    assert_eq!(conn.in_flight(), 0);
    assert_eq!(conn.take(id), Some(answer(id).1));
    assert_eq!(conn.take(id), None);
}

#[test]
fn a_sink_gets_the_response_with_the_notification() {
    let mut conn = connection();
    let (id, _) = submit(&mut conn, Tell::Push(1), 10, 1000, 0).expect("accepted");
    assert_eq!(
        receive(&mut conn, &[id]),
        [Completion { notify: Tell::Push(1), end: Some((id, answer(id).1)) }]
    );
    assert_eq!(receive(&mut conn, &[id]), []);
}

#[test]
fn late_response_after_timeout_is_dropped() {
    let mut conn = connection();
    let (id, _) = submit(&mut conn, Tell::Push(1), 10, 100, 0).expect("accepted");
    assert_eq!(expire(&mut conn, 99), []);
    assert_eq!(expire(&mut conn, 100).len(), 1);
    let (next, _) = submit(&mut conn, Tell::Push(2), 10, 100, 100).expect("accepted");
    assert_eq!(receive(&mut conn, &[id]), []);
    assert_eq!(receive(&mut conn, &[next]).len(), 1);
}

#[test]
fn a_timeout_tells_whether_the_request_was_written() {
    for (written, want) in [(false, None), (true, Some(50))] {
        let mut conn = connection();
        let (id, _) = submit(&mut conn, Tell::Fetch(1), 10, 100, 50).expect("accepted");
        if written {
            flush(&mut conn, 51);
        }
        assert_eq!(expire(&mut conn, 160), [told(Tell::Fetch(1))]);
        let failure = Failure::Timeout { start: 50, sent: want, end: 160, timeout: 100 };
        assert_eq!(conn.take(id), Some(Err(failure)));
    }
}

#[test]
fn a_request_that_had_to_wait_for_the_socket_counts_as_sent_when_it_was() {
    let mut conn = connection();
    let (first, _) = submit(&mut conn, Tell::Fetch(1), 10, 1000, 0).expect("accepted");
    let (second, _) = submit(&mut conn, Tell::Fetch(2), 10, 1000, 0).expect("accepted");
    let (mut writing, mut done) = (Writing::default(), Done::default());
    assert!(conn.next_write(&mut writing));
    // The first frame goes out at once, the second after 300 ticks.
    conn.confirm(26, true, 0, &mut done);
    assert!(!conn.clock_is_fresh());
    conn.confirm(26, false, 300, &mut done);
    assert_eq!(expire(&mut conn, 1000).len(), 2);
    let timeout = |sent| Err(Failure::Timeout { start: 0, sent: Some(sent), end: 1000, timeout: 1000 });
    assert_eq!(conn.take(first), Some(timeout(0)));
    assert_eq!(conn.take(second), Some(timeout(300)));
}

#[test]
fn deadlines_are_found_in_steps_and_short_ones_to_the_tick() {
    let mut conn = connection();
    submit(&mut conn, Tell::Push(1), 1, 100, 0).expect("accepted");
    submit(&mut conn, Tell::Push(2), 1, 101, 0).expect("accepted");
    submit(&mut conn, Tell::Push(3), 1, 500, 0).expect("accepted");
    assert_eq!(conn.alarm(), Some(100));
    assert_eq!(expire(&mut conn, 100).len(), 1);
    assert_eq!(conn.alarm(), Some(110), "not looked at for every tick");
    assert_eq!(expire(&mut conn, 110).len(), 1);
    assert_eq!(conn.alarm(), Some(500));
    submit(&mut conn, Tell::Push(4), 1, 20, 110).expect("accepted");
    submit(&mut conn, Tell::Push(5), 1, 21, 110).expect("accepted");
    assert_eq!(conn.alarm(), Some(130));
    assert_eq!(expire(&mut conn, 130).len(), 1);
    assert_eq!(conn.alarm(), Some(131));
    assert_eq!(expire(&mut conn, 131).len(), 1);
    assert_eq!(expire(&mut conn, 500).len(), 1);
    assert_eq!(conn.alarm(), None);
}

#[test]
fn the_flushing_task_is_woken_once_for_many_calls() {
    let mut conn = connection();
    let kicks: Vec<_> =
        (0..5).map(|n| submit(&mut conn, Tell::Fetch(n), 10, 1000, 0).expect("accepted").1).collect();
    assert_eq!(kicks, [true, false, false, false, false]);
    assert!(conn.others_may_add() && conn.clock_is_fresh());
    let (bytes, _) = flush(&mut conn, 0);
    assert_eq!(bytes.len(), 5 * 26);
    assert!(!conn.wants_flush() && conn.is_flushed());
    assert!(submit(&mut conn, Tell::Fetch(9), 10, 1000, 0).expect("accepted").1);
}

#[test]
fn only_a_lonely_caller_writes_inline() {
    let one_waits = |conn: &mut Conn| {
        let id = conn.begin_call(10, Tell::Fetch(1), 9, 0).expect("accepted");
        let header = FrameHeader::request(id, HESSIAN2, true, 10);
        conn.wrote(&header, &body(10).parts(), 26);
    };
    let mut conn = connection();
    assert!(conn.alone(10));
    assert!(!conn.alone(INLINE - HEADER_LENGTH), "too large");
    one_waits(&mut conn);
    assert!(conn.alone(10), "the call itself is the one in flight");
    assert!(!conn.wants_flush() && conn.is_flushed());
    one_waits(&mut conn);
    assert!(!conn.alone(10), "two in flight");

    let mut conn = connection();
    conn.receive(&mut Vec::new(), 2, &mut Done::default());
    assert!(!conn.alone(10), "two requests are served");
    conn.served();
    assert!(!conn.alone(10), "the latest read held two messages");
    conn.receive(&mut Vec::new(), 0, &mut Done::default());
    assert!(conn.alone(10));
    conn.hold_flush();
    assert!(!conn.alone(10), "a flush is announced");
}

#[test]
fn an_inline_write_that_was_cut_is_finished_by_the_flushing_task() {
    let mut conn = connection();
    let id = conn.begin_call(10, Tell::Fetch(1), 9, 0).expect("accepted");
    let header = FrameHeader::request(id, HESSIAN2, true, 10);
    assert!(conn.wrote(&header, &body(10).parts(), 20));
    assert_eq!(flush(&mut conn, 0).0, [7; 6]);
    assert!(conn.is_flushed());
}

#[test]
fn nothing_is_accepted_over_the_bounds_and_it_is_told_when_that_ends() {
    let mut conn = connection();
    while submit(&mut conn, Tell::Push(0), 1000, 1000, 0).is_ok() {}
    assert_eq!(submit(&mut conn, Tell::Push(0), 1, 1000, 0), Err(Refused::Congested));
    assert_eq!(conn.begin_oneway(), Err(Refused::Congested));
    assert!(conn.in_flight() < 12, "no slot is taken by a refused call");
    conn.when_relieved(Tell::Fetch(1));
    let (_, done) = flush(&mut conn, 0);
    assert_eq!(done, [told(Tell::Fetch(1))]);
    assert!(submit(&mut conn, Tell::Push(0), 1, 1000, 0).is_ok());

    let mut conn = Connection::new(IdFormat::wide(1), Bounds { max_in_flight: 2, ..BOUNDS });
    let ids = [0, 1].map(|n| submit(&mut conn, Tell::Push(n), 1, 1000, 0).expect("accepted").0);
    assert_eq!(submit(&mut conn, Tell::Push(2), 1, 1000, 0), Err(Refused::InFlight));
    receive(&mut conn, &ids[..1]);
    assert!(submit(&mut conn, Tell::Push(3), 1, 1000, 0).is_ok());
}

#[test]
fn who_waits_for_the_write_is_told_when_it_is_done() {
    let mut conn = connection();
    let id = conn.begin_oneway().expect("accepted");
    conn.wrote(&FrameHeader::request(id, HESSIAN2, false, 10), &body(10).parts(), 0);
    let end = conn.position();
    assert!(!conn.is_sent(end));
    conn.when_sent(end, Tell::Fetch(1));
    let (_, done) = flush(&mut conn, 0);
    assert_eq!(done, [told(Tell::Fetch(1))]);
    assert!(conn.is_sent(end));
}

#[test]
fn a_cancelled_call_frees_its_place_and_its_answer_is_dropped() {
    let mut conn = connection();
    let (id, _) = submit(&mut conn, Tell::Push(1), 10, 1000, 0).expect("accepted");
    assert_eq!(conn.forget(id), Some(Tell::Push(1)));
    assert_eq!((conn.in_flight(), conn.forget(id)), (0, None));
    assert_eq!(receive(&mut conn, &[id]), []);
    let (id, _) = submit(&mut conn, Tell::Fetch(2), 10, 1000, 0).expect("accepted");
    receive(&mut conn, &[id]);
    assert_eq!(conn.forget(id), None, "it was told already");
    assert_eq!(conn.take(id), None, "and its outcome is gone");
}

#[test]
fn draining_refuses_calls_and_lets_the_others_end() {
    let mut conn = connection();
    let (id, _) = submit(&mut conn, Tell::Push(1), 10, 1000, 0).expect("accepted");
    conn.drain();
    assert_eq!(submit(&mut conn, Tell::Push(2), 10, 1000, 0), Err(Refused::Closed));
    assert!(conn.is_open() && conn.begin_oneway().is_ok(), "events still go out");
    assert_eq!(receive(&mut conn, &[id]).len(), 1);
}

#[test]
fn the_end_fails_everybody_at_once() {
    let mut conn = connection();
    let (fetch, _) = submit(&mut conn, Tell::Fetch(1), 10, 1000, 0).expect("accepted");
    let (push, _) = submit(&mut conn, Tell::Push(2), 10, 1000, 0).expect("accepted");
    conn.when_relieved(Tell::Fetch(3));
    conn.when_sent(conn.position(), Tell::Fetch(4));
    let mut done = Done::default();
    conn.close(&mut done);
    let inactive = Err(Failure::Inactive);
    assert_eq!(
        listed(&mut done),
        [
            told(Tell::Fetch(1)),
            told(Tell::Fetch(3)),
            told(Tell::Fetch(4)),
            Completion { notify: Tell::Push(2), end: Some((push, inactive.clone())) },
        ]
    );
    assert_eq!(conn.take(fetch), Some(inactive));
    assert_eq!(submit(&mut conn, Tell::Push(5), 1, 1000, 0), Err(Refused::Closed));
    assert_eq!((conn.begin_oneway(), conn.alarm()), (Err(Refused::Closed), None));
    conn.close(&mut done);
    assert_eq!(listed(&mut done), []);
}

#[test]
fn memory_is_given_back_when_nothing_is_in_flight() {
    let mut conn = connection();
    assert!(!conn.holds_memory());
    let (id, _) = submit(&mut conn, Tell::Push(1), 1000, 1000, 0).expect("accepted");
    conn.release_memory(1);
    assert_eq!(flush(&mut conn, 0).0.len(), 1016, "unwritten bytes are kept");
    assert_eq!(receive(&mut conn, &[id]).len(), 1, "a waiting call is kept");
    conn.release_memory(2);
    assert!(!conn.holds_memory());
}

/// Any mix of calls, answers, forged and repeated answers, timeouts, cancels and the end: each call
/// is told exactly once, and the stream holds exactly the frames that were accepted.
#[test]
fn every_call_ends_exactly_once_whatever_happens() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..50 {
        let mut conn = Connection::new(IdFormat::narrow(random.u64(..)), BOUNDS);
        let mut ends: HashMap<u32, u32> = HashMap::new();
        let (mut known, mut accepted, mut stream) = (Vec::new(), Vec::new(), Vec::new());
        let mut now: Tick = u32::MAX - 300;
        for number in 0..2000 {
            now = now.wrapping_add(random.u32(..3));
            let mut done = Vec::new();
            match random.u8(..10) {
                0..4 => {
                    let tell = if random.bool() { Tell::Fetch(number) } else { Tell::Push(number) };
                    let size = random.usize(..200);
                    if let Ok((id, _)) = submit(&mut conn, tell, size, random.u32(1..200), now) {
                        ends.insert(number, 0);
                        known.push((id, number));
                        accepted.push((id, size));
                    }
                }
                4..7 if !known.is_empty() => {
                    let ids: Vec<_> =
                        (0..random.usize(1..5)).map(|_| known[random.usize(..known.len())].0).collect();
                    done = receive(&mut conn, &ids);
                }
                7 if !known.is_empty() => {
                    let (id, number) = known[random.usize(..known.len())];
                    let fetched = conn.take(id).is_some();
                    if !fetched && conn.forget(id).is_some() {
                        *ends.get_mut(&number).expect("submitted") += 1;
                    }
                }
                8 => done = expire(&mut conn, now),
                _ => {
                    let (bytes, told) = flush(&mut conn, now);
                    stream.extend(bytes);
                    done = told;
                }
            }
            count(&mut ends, &done);
        }
        stream.extend(flush(&mut conn, now).0);
        let mut done = Done::default();
        conn.close(&mut done);
        count(&mut ends, &listed(&mut done));
        assert!(ends.values().all(|&count| count == 1), "{ends:?}");
        assert_eq!(frames(&stream), accepted);
    }
}

fn count(ends: &mut HashMap<u32, u32>, done: &[Completion<Tell>]) {
    for completion in done {
        let (Tell::Fetch(number) | Tell::Push(number)) = completion.notify;
        *ends.get_mut(&number).expect("submitted") += 1;
    }
}

fn frames(mut stream: &[u8]) -> Vec<(i64, usize)> {
    let mut all = Vec::new();
    while !stream.is_empty() {
        let Decoded::Frame(header) = frame::decode(stream, 1000) else { panic!("whole frames only") };
        all.push((header.id, header.length as usize));
        stream = &stream[HEADER_LENGTH + header.length as usize..];
    }
    all
}
