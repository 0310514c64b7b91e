//! Blocking threads, each with a share of the connections to itself.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use polydubbo_meter::{Counters, Latency, Measured, Meter, Point};

use crate::client::Task;
use crate::frame;

/// One thread and one connection for each request in flight.
pub(crate) fn run(task: &Task) -> Result<Point> {
    let counters = Counters::new(task.args.in_flight);
    let phase = Phase::default();
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..task.args.in_flight)
            .map(|index| {
                let (counters, phase) = (counters.clone(), &phase);
                scope.spawn(move || call(task, &counters, index, phase))
            })
            .collect();
        let measured = control(task, &counters, &phase);
        let mut latency = Latency::new();
        for caller in callers {
            latency.merge(&caller.join().ok().context("a caller panicked")??);
        }
        Ok(measured?.point(counters.bad(), Some(&latency)))
    })
}

/// What the controlling thread tells the callers.
#[derive(Debug, Default)]
struct Phase {
    measuring: AtomicBool,
    stop: AtomicBool,
}

fn control(task: &Task, counters: &Counters, phase: &Phase) -> Result<Measured> {
    let mut meter = Meter::new(task.args.schedule.clone(), Instant::now());
    let limit = Duration::from_secs_f64(task.args.schedule.seconds + 60.0);
    let start = Instant::now();
    while start.elapsed() < limit {
        std::thread::sleep(Duration::from_millis(2));
        let measured = meter.observe(Instant::now(), counters.good());
        phase.measuring.store(meter.is_measuring(), Ordering::Relaxed);
        if let Some(measured) = measured {
            phase.stop.store(true, Ordering::Relaxed);
            return Ok(measured);
        }
    }
    phase.stop.store(true, Ordering::Relaxed);
    bail!("the measurement did not end")
}

fn call(task: &Task, counters: &Counters, index: usize, phase: &Phase) -> Result<Latency> {
    let mut stream = TcpStream::connect(task.address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut latency = Latency::new();
    let (mut request, mut answer) = (Vec::new(), Vec::new());
    task.body.push_request(&mut request, index as u64);
    while !phase.stop.load(Ordering::Relaxed) {
        let sent = Instant::now();
        stream.write_all(&request)?;
        let good = receive(task, &mut stream, &mut answer)?;
        if good {
            counters.of(index).good()
        } else {
            counters.of(index).bad()
        }
        if phase.measuring.load(Ordering::Relaxed) {
            latency.record(sent.elapsed());
        }
    }
    Ok(latency)
}

fn receive(task: &Task, stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<bool> {
    let mut chunk = [0; 16 * 1024];
    loop {
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            bail!("the server closed the connection");
        }
        bytes.extend_from_slice(&chunk[..count]);
        let mut good = None;
        let used = frame::cut(bytes, |answer| {
            if !answer.is_event() {
                good = Some(task.body.is_answered_by(answer));
            }
            Ok(())
        })?;
        bytes.drain(..used);
        if let Some(good) = good {
            return Ok(good);
        }
    }
}
