use super::*;
use crate::codec::frame::{DEFAULT_PAYLOAD, HESSIAN2, UNLIMITED_PAYLOAD};

/// A batch as comparable text, one line for each message.
fn describe(batch: &Batch) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(batch.responses.iter().map(|(id, outcome)| format!("response {id} {outcome:?}")));
    lines.extend(batch.requests.iter().map(|(header, body)| {
        let body = Bytes::copy_from_slice(body.bytes(header, &batch.groups));
        format!("request {header:?} {body:?}")
    }));
    lines.extend(batch.events.iter().map(|(header, event, body)| format!("{event:?} {header:?} {body:?}")));
    lines.extend(batch.overflows.iter().map(|header| format!("overflow {header:?}")));
    lines.extend(batch.lines.iter().map(|line| format!("line {line}")));
    lines
}

/// Feeds pieces as the driver does: straight into a large body when there is one.
fn feed<'a>(inbound: &mut Inbound, pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Batch, Fault> {
    let mut batch = Batch::default();
    for mut piece in pieces {
        while !piece.is_empty() {
            if let Some(mut room) = inbound.straight() {
                let now = room.remaining_mut().min(piece.len());
                room.put_slice(&piece[..now]);
                inbound.filled(&mut batch);
                piece = &piece[now..];
                continue;
            }
            let buffer = [inbound.partial(), piece].concat();
            inbound.consume(&buffer, &mut batch)?;
            piece = &[];
        }
    }
    Ok(batch)
}

fn server() -> Inbound {
    Inbound::new(Side::Server, DEFAULT_PAYLOAD)
}

fn vectors() -> Vec<u8> {
    let text = include_str!("../../../../tests/vectors/frames.json");
    let all: Vec<serde_json::Value> = serde_json::from_str(text).expect("the vectors are JSON");
    let digits: String = all.iter().map(|vector| vector["hex"].as_str().expect("hex")).collect();
    let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex");
    (0..digits.len()).step_by(2).map(digit).collect()
}

fn frame(header: FrameHeader, body: &[u8]) -> Vec<u8> {
    [&header.encode(), body].concat()
}

fn request(id: i64, body: &[u8]) -> Vec<u8> {
    frame(FrameHeader::request(id, HESSIAN2, true, body.len() as u32), body)
}

#[test]
fn frames_cut_at_any_byte_are_the_same_messages() {
    let stream = vectors();
    let whole = describe(&feed(&mut server(), [&stream[..]]).expect("valid"));
    assert_eq!(whole.len(), 33, "all but the answer to a heartbeat");
    for cut in 0..stream.len() {
        let (head, tail) = stream.split_at(cut);
        let mut inbound = server();
        let cut_once = describe(&feed(&mut inbound, [head, tail]).expect("valid"));
        assert_eq!(cut_once, whole, "cut at {cut}");
        assert!(inbound.partial().is_empty());
    }
    let bytewise = describe(&feed(&mut server(), stream.chunks(1)).expect("valid"));
    assert_eq!(bytewise, whole);
}

#[test]
fn random_pieces_of_small_and_large_frames_are_the_same_messages() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..20 {
        let mut stream = Vec::new();
        for id in 0..random.i64(1..40) {
            let size = if random.u8(..) < 40 { random.usize(..300_000) } else { random.usize(..300) };
            stream.extend(request(id, &vec![id as u8; size]));
        }
        let whole = describe(&feed(&mut server(), [&stream[..]]).expect("valid"));
        let mut pieces = Vec::new();
        let mut rest = &stream[..];
        while !rest.is_empty() {
            let largest = if random.bool() { 100 } else { 200_000 };
            let (piece, tail) = rest.split_at(random.usize(1..=largest.min(rest.len())));
            pieces.push(piece);
            rest = tail;
        }
        assert!(describe(&feed(&mut server(), pieces).expect("valid")) == whole);
    }
}

#[test]
fn random_bytes_never_panic_and_never_pile_up() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for side in [Side::Client, Side::Server] {
        for _ in 0..200 {
            let mut inbound = Inbound::new(side, 4096);
            for _ in 0..50 {
                let mut piece: Vec<u8> = (0..random.usize(..3000)).map(|_| random.u8(..)).collect();
                if random.bool() && piece.len() > 2 {
                    let at = random.usize(..piece.len() - 1);
                    piece[at..at + 2].copy_from_slice(&frame::MAGIC);
                }
                if feed(&mut inbound, [&piece[..]]).is_err() {
                    break;
                }
                assert!(inbound.partial().len() <= MAX_TEXT);
            }
        }
    }
}

#[test]
fn an_over_long_request_is_reported_at_once_and_skipped_without_being_kept() {
    let mut inbound = Inbound::new(Side::Server, 1000);
    let header = FrameHeader::request(7, HESSIAN2, true, 1001);
    let batch = feed(&mut inbound, [&header.encode()[..]]).expect("valid");
    assert_eq!(describe(&batch), [format!("overflow {header:?}")]);
    // Half of what is skipped looks like a frame.
    let skipped = [vec![0; 400], request(8, &[1; 100]), vec![0; 485]].concat();
    assert_eq!(skipped.len(), 1001);
    let next = request(9, b"x");
    let batch = feed(&mut inbound, skipped.chunks(333).chain([&next[..]])).expect("valid");
    assert_eq!(batch.requests.len(), 1);
    assert_eq!(batch.requests[0].0.id, 9);
}

#[test]
fn over_long_one_way_requests_are_skipped_silently_and_responses_fail() {
    let mut inbound = Inbound::new(Side::Client, 10);
    let oneway = frame(FrameHeader::request(1, HESSIAN2, false, 11), &[0; 11]);
    let response = frame(FrameHeader::response(2, HESSIAN2, 20, 11), &[0; 11]);
    let batch = feed(&mut inbound, [&oneway[..], &response[..]]).expect("valid");
    let failure = Err(Failure::TooLarge { length: 11, limit: 10 });
    assert_eq!(batch.responses, [(2, failure)]);
    assert!(batch.requests.is_empty() && batch.overflows.is_empty());
}

#[test]
fn a_negative_length_ends_the_stream() {
    let mut bytes = request(1, b"");
    bytes[12] = 0x80;
    assert_eq!(feed(&mut server(), [&bytes[..]]).err(), Some(Fault::NegativeLength(i32::MIN)));
}

#[test]
fn an_announced_body_takes_no_memory_before_its_bytes_arrive() {
    let mut inbound = Inbound::new(Side::Server, UNLIMITED_PAYLOAD);
    let header = FrameHeader::request(1, HESSIAN2, true, i32::MAX as u32);
    feed(&mut inbound, [&header.encode()[..]]).expect("valid");
    let unfinished = inbound.unfinished.as_ref().expect("begun");
    assert_eq!((unfinished.body.len(), unfinished.body.capacity()), (0, FIRST_ALLOCATION));
    feed(&mut inbound, [&vec![7; FIRST_ALLOCATION + 1][..]]).expect("valid");
    let unfinished = inbound.unfinished.as_ref().expect("begun");
    assert!(unfinished.body.capacity() <= 2 * FIRST_ALLOCATION);
}

#[test]
fn a_large_body_is_read_in_place() {
    let body = vec![5; 200_000];
    let bytes = request(1, &body);
    let mut inbound = server();
    let (head, tail) = bytes.split_at(50_000);
    feed(&mut inbound, [head]).expect("valid");
    let place = inbound.unfinished.as_ref().expect("begun").body.as_ptr();
    let batch = feed(&mut inbound, [tail]).expect("valid");
    let (header, payload) = &batch.requests[0];
    let arrived = payload.bytes(header, &batch.groups);
    assert_eq!(arrived, body);
    assert_eq!(arrived.as_ptr(), place);
}

#[test]
fn text_between_frames_is_a_command_for_a_server_and_nothing_for_a_client() {
    let call = request(1, b"x");
    for (text, lines, dropped) in [
        (&b"ls\r\n"[..], &["ls"][..], 0),
        (b"ls\nps -l\n\n", &["ls", "ps -l", ""], 0),
        (b"no end", &[], 6),
        (b"ls\nrest", &["ls"], 4),
        (b"\xFF\xFE\n", &["\u{FFFD}\u{FFFD}"], 0),
    ] {
        let stream = [text, &call[..]].concat();
        let batch = feed(&mut server(), [&stream[..]]).expect("valid");
        assert_eq!(batch.lines, lines, "{text:?}");
        assert_eq!((batch.dropped, batch.requests.len()), (dropped, 1), "{text:?}");

        let batch = feed(&mut Inbound::new(Side::Client, DEFAULT_PAYLOAD), [&stream[..]]).expect("valid");
        assert_eq!((batch.lines.len(), batch.dropped, batch.requests.len()), (0, text.len(), 1));
    }
}

#[test]
fn a_line_may_arrive_in_pieces() {
    let mut inbound = server();
    let batch = feed(&mut inbound, [&b"l"[..], b"s\r", b"\nps"]).expect("valid");
    assert_eq!(batch.lines, ["ls"]);
    let batch = feed(&mut inbound, [&b"\n"[..]]).expect("valid");
    assert_eq!(batch.lines, ["ps"]);
}

#[test]
fn text_without_end_and_interrupts_end_a_server_connection() {
    let endless = vec![b'a'; MAX_TEXT + 1];
    assert_eq!(feed(&mut server(), [&endless[..]]).err(), Some(Fault::EndlessText));
    assert_eq!(feed(&mut server(), endless.chunks(1000)).err(), Some(Fault::EndlessText));
    for interrupt in INTERRUPTS {
        assert_eq!(feed(&mut server(), [interrupt]).err(), Some(Fault::Interrupted));
    }
    let dropped = feed(&mut Inbound::new(Side::Client, 10), endless.chunks(1000)).map(|batch| batch.dropped);
    assert_eq!(dropped, Ok(MAX_TEXT + 1));
}

#[test]
fn bytes_behind_the_used_part_of_a_body_belong_to_it() {
    let stream = [request(1, b"argument and more"), request(2, b"")].concat();
    let batch = feed(&mut server(), [&stream[..]]).expect("valid");
    let ids: Vec<_> = batch.requests.iter().map(|(header, _)| header.id).collect();
    assert_eq!(ids, [1, 2]);
}

#[test]
fn small_calls_and_answers_that_arrive_together_keep_their_bodies() {
    for every in [1, 2, 3, 100] {
        let mut stream = Vec::new();
        let body = |id: usize| vec![id as u8; id % 700];
        for id in 0..100 {
            stream.extend(match id % every {
                0 => request(id as i64, &body(id * 13)),
                _ => {
                    let header = FrameHeader::response(id as i64, HESSIAN2, 20, body(id * 13).len() as u32);
                    frame(header, &body(id * 13))
                }
            });
        }
        let batch = feed(&mut server(), [&stream[..]]).expect("valid");
        assert_eq!(batch.requests.len() + batch.responses.len(), 100);
        for (header, payload) in batch.requests {
            let want = body(header.id as usize * 13);
            assert_eq!(payload.bytes(&header, &batch.groups), want);
            assert_eq!(payload.into_bytes(&header, &batch.groups), want);
        }
        for (id, outcome) in batch.responses {
            assert_eq!(outcome.expect("a response").body, body(id as usize * 13));
        }
    }
}
