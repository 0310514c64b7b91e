//! A window of raw frames on epoll: the limit of this machine, and the capacity of any Dubbo provider.

use std::net::TcpStream;
use std::time::Instant;

use anyhow::{Result, bail};
use polydubbo_meter::{Meter, Point};

use crate::client::Task;
use crate::frame;
use crate::link::{Link, SCRATCH};
use crate::poll::Poll;

/// Keeps the window full until the meter is satisfied.
pub(crate) fn run(task: &Task) -> Result<Point> {
    let mut poll = Poll::new()?;
    let mut window = Window { task, links: Vec::new(), next_id: 0, good: 0, bad: 0 };
    for index in 0..task.args.connections {
        window.connect(&poll, index)?;
    }
    let mut meter = Meter::new(task.args.schedule.clone(), Instant::now());
    let mut scratch = vec![0; SCRATCH];
    let mut ready = Vec::new();
    loop {
        ready.clear();
        ready.extend(poll.wait()?);
        for &token in &ready {
            window.turn(&poll, token as usize, &mut scratch)?;
        }
        if let Some(measured) = meter.observe(Instant::now(), window.good) {
            return Ok(measured.point(window.bad, None));
        }
    }
}

struct Window<'a> {
    task: &'a Task,
    links: Vec<Link>,
    next_id: u64,
    good: u64,
    bad: u64,
}

impl Window<'_> {
    fn connect(&mut self, poll: &Poll, index: usize) -> Result<()> {
        let mut link = Link::new(TcpStream::connect(self.task.address)?)?;
        poll.add(link.stream(), index as u64)?;
        for _ in 0..self.task.window_of(index) {
            self.task.body.push_request(link.out(), self.next_id);
            self.next_id += 1;
        }
        let all = link.flush()?;
        poll.watch_output(link.stream(), index as u64, !all)?;
        self.links.push(link);
        Ok(())
    }

    fn turn(&mut self, poll: &Poll, index: usize, scratch: &mut [u8]) -> Result<()> {
        let Self { task, links, next_id, good, bad } = self;
        let link = &mut links[index];
        let alive = link.read(scratch, |answer, out| {
            if answer.is_event() {
                return frame::push_echo(out, answer);
            }
            if task.body.is_answered_by(answer) {
                *good += 1
            } else {
                *bad += 1
            }
            task.body.push_request(out, *next_id);
            *next_id += 1;
        })?;
        if !alive {
            bail!("the server closed the connection");
        }
        if !link.flush()? {
            poll.watch_output(link.stream(), index as u64, true)?;
        }
        Ok(())
    }
}
