//! The window of raw frames on tokio's `current_thread` runtime: yardstick T.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Result, bail};
use polydubbo_meter::{Measured, Meter, Point};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};

use crate::client::Task;
use crate::frame;
use crate::link::SCRATCH;

/// Keeps the window full until the meter is satisfied.
pub(crate) fn run(task: &Task) -> Result<Point> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, async {
        let meter = Meter::new(task.args.schedule.clone(), Instant::now());
        let total = Rc::new(RefCell::new(Total { meter, good: 0, bad: 0 }));
        let mut connections = JoinSet::new();
        for index in 0..task.args.connections {
            let stream = TcpStream::connect(task.address).await?;
            let (window, body, total) = (task.window_of(index), task.body.clone(), total.clone());
            connections.spawn_local(async move { connection(stream, window, body, &total).await });
        }
        match connections.join_next().await {
            Some(ended) => {
                let measured = ended??;
                Ok(measured.point(total.borrow().bad, None))
            }
            None => bail!("no connection"),
        }
    })
}

struct Total {
    meter: Meter,
    good: u64,
    bad: u64,
}

async fn connection(
    mut stream: TcpStream,
    window: usize,
    body: crate::body::Body,
    total: &RefCell<Total>,
) -> Result<Measured> {
    stream.set_nodelay(true)?;
    let (mut buffer, mut out) = (vec![0; SCRATCH], Vec::new());
    let (mut filled, mut next_id) = (0, 0);
    for _ in 0..window {
        body.push_request(&mut out, next_id);
        next_id += 1;
    }
    loop {
        stream.write_all(&out).await?;
        out.clear();
        if filled == buffer.len() {
            buffer.resize(2 * filled, 0);
        }
        let count = stream.read(&mut buffer[filled..]).await?;
        if count == 0 {
            bail!("the server closed the connection");
        }
        filled += count;
        let (mut good, mut bad) = (0, 0);
        let used = frame::cut(&buffer[..filled], |answer| {
            if answer.is_event() {
                frame::push_echo(&mut out, answer);
                return Ok(());
            }
            if body.is_answered_by(answer) {
                good += 1
            } else {
                bad += 1
            }
            body.push_request(&mut out, next_id);
            next_id += 1;
            Ok(())
        })?;
        buffer.copy_within(used..filled, 0);
        filled -= used;
        let mut total = total.borrow_mut();
        total.good += good;
        total.bad += bad;
        let good = total.good;
        if let Some(measured) = total.meter.observe(Instant::now(), good) {
            return Ok(measured);
        }
    }
}
