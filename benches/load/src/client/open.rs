//! Open loop: requests leave when they are due, whether or not earlier answers are back.
//!
//! One thread sends, one receives, on one connection. A latency counts from the scheduled time, so a server that
//! stalls is charged for every request that had to wait, not only for the one it was busy with.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use polydubbo_meter::{Latency, Measured, Point, usage_of, usage_of_self};
use rustix::thread::NanosleepRelativeResult;

use crate::body::Body;
use crate::client::{Arrivals, RunArgs, Task};
use crate::frame;
use crate::link::SCRATCH;

/// How long stragglers may take after the last request was sent.
const GRACE: Duration = Duration::from_secs(5);

/// Sends the whole schedule and waits for the answers.
pub(crate) fn run(task: &Task) -> Result<Point> {
    let plan = Plan::new(&task.args)?;
    let stream = TcpStream::connect(task.address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(GRACE))?;
    let start = Instant::now() + Duration::from_millis(1);
    let stop = AtomicBool::new(false);
    let (sent, received) = std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let sent = send(&stream, &task.body, &plan, start, &stop);
            if sent.is_err() {
                let _ = stream.shutdown(Shutdown::Both);
            }
            sent
        });
        let received = receive(&stream, &task.body, &plan, start, task.args.schedule.peer_pid);
        stop.store(true, Ordering::Relaxed);
        (sender.join(), received)
    });
    let late = sent.ok().context("the sender panicked")??;
    let received = received?;
    let measured = received.measured.context("the run ended before its measured window")?;
    let mut point = measured.point(received.bad + received.missing, Some(&received.latency));
    point.extra.insert("sent_late".to_owned(), late as f64);
    Ok(point)
}

/// When each request is due, as distance from the start.
struct Plan {
    due: Vec<Duration>,
    /// Index of the first request that counts.
    measured_from: usize,
}

impl Plan {
    fn new(args: &RunArgs) -> Result<Self> {
        if !(args.rate > 0.0 && args.rate <= 10_000_000.0) {
            bail!("--rate must be more than 0 and at most 10 million");
        }
        let mut random = fastrand::Rng::with_seed(args.seed);
        let warm_up = args.schedule.warmup * 2.0;
        let mut due = Vec::new();
        let (mut at, mut measured_from) = (0.0, 0);
        while at < warm_up + args.schedule.seconds {
            if at < warm_up {
                measured_from += 1;
            }
            due.push(Duration::from_secs_f64(at));
            at += match args.arrivals {
                Arrivals::Uniform => 1.0,
                // 1 - f64() is never zero, so the logarithm is finite.
                Arrivals::Poisson => -(1.0 - random.f64()).ln(),
            } / args.rate;
        }
        if measured_from >= due.len() {
            bail!("no request falls into the measured window");
        }
        Ok(Self { due, measured_from })
    }
}

/// Sends every request at its time and returns how many left more than a millisecond late.
fn send(mut stream: &TcpStream, body: &Body, plan: &Plan, start: Instant, stop: &AtomicBool) -> Result<u64> {
    // The default slack of 50 microseconds would be part of every latency.
    rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1))?;
    let mut out = Vec::new();
    let (mut next, mut late) = (0, 0);
    while next < plan.due.len() && !stop.load(Ordering::Relaxed) {
        let now = start.elapsed();
        while let Some(&due) = plan.due.get(next).filter(|due| **due <= now) {
            body.push_request(&mut out, next as u64);
            late += u64::from(now - due > Duration::from_millis(1));
            next += 1;
        }
        stream.write_all(&out)?;
        out.clear();
        if let Some(&due) = plan.due.get(next) {
            sleep(due.saturating_sub(start.elapsed()));
        }
    }
    Ok(late)
}

fn sleep(time: Duration) {
    if time.is_zero() {
        return;
    }
    let request =
        rustix::thread::Timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) };
    // An interrupted sleep ends early; the loop looks at the clock anyway.
    let _: NanosleepRelativeResult = rustix::thread::nanosleep(&request);
}

struct Received {
    latency: Latency,
    measured: Option<Measured>,
    bad: u64,
    missing: u64,
}

fn receive(
    mut stream: &TcpStream,
    body: &Body,
    plan: &Plan,
    start: Instant,
    peer: Option<u32>,
) -> Result<Received> {
    let mut result = Received { latency: Latency::new(), measured: None, bad: 0, missing: 0 };
    let (mut buffer, mut filled) = (vec![0; SCRATCH], 0);
    let mut answers = 0;
    let mut window = None;
    while answers < plan.due.len() {
        if filled == buffer.len() {
            buffer.resize(2 * filled, 0);
        }
        let count = match stream.read(&mut buffer[filled..]) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(count) => count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(error) => return Err(error.into()),
        };
        filled += count;
        let now = Instant::now();
        let used = frame::cut(&buffer[..filled], |answer| {
            if answer.is_event() {
                let mut out = Vec::new();
                frame::push_echo(&mut out, answer);
                return Ok((&*stream).write_all(&out)?);
            }
            answers += 1;
            let index = answer.id() as usize;
            if !body.is_answered_by(answer) || index >= plan.due.len() {
                result.bad += 1;
            } else if index >= plan.measured_from {
                window.get_or_insert_with(|| (now, usage_of_self(), peer.map(usage_of)));
                result.latency.record(now.saturating_duration_since(start + plan.due[index]));
            }
            Ok(())
        })?;
        buffer.copy_within(used..filled, 0);
        filled -= used;
    }
    result.missing = (plan.due.len() - answers) as u64;
    result.measured = window.map(|(since, client, server)| Measured {
        requests: (answers - plan.measured_from.min(answers)) as u64,
        elapsed: since.elapsed(),
        client: usage_of_self().since(client),
        server: server.and_then(|before| peer.map(|pid| usage_of(pid).since(before))),
    });
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: RunArgs,
    }

    fn plan(arrivals: &str) -> Plan {
        let line = [
            "x",
            "--mode",
            "open",
            "--target",
            "h:1",
            "--rate",
            "1000",
            "--warmup",
            "0.5",
            "--arrivals",
            arrivals,
        ];
        Plan::new(&Cli::parse_from(line).args).unwrap()
    }

    #[test]
    fn uniform_requests_have_equal_distances_and_the_warm_up_does_not_count() {
        let plan = plan("uniform");
        assert!((1999..=2001).contains(&plan.due.len()), "{}", plan.due.len());
        assert!((999..=1001).contains(&plan.measured_from));
        assert!(plan.due.windows(2).all(|pair| (pair[1] - pair[0]).as_micros().abs_diff(1000) <= 1));
    }

    #[test]
    fn poisson_requests_have_the_same_rate_and_come_in_bursts() {
        let plan = plan("poisson");
        assert!((1800..2200).contains(&plan.due.len()), "{}", plan.due.len());
        let close = plan.due.windows(2).filter(|pair| (pair[1] - pair[0]).as_micros() < 100).count();
        assert!((120..280).contains(&close), "one of ten distances is below a tenth of the mean: {close}");
    }
}
