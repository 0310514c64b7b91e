//! Idle connections: what each of them costs the server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};
use polydubbo_meter::{Point, resident_bytes};

use crate::client::Task;
use crate::frame::HEADER;

/// Opens the connections, makes one exchange on each and tells by how much the server has grown.
pub(crate) fn run(task: &Task) -> Result<Point> {
    let pid = task.args.schedule.peer_pid.context("idle needs --peer-pid")?;
    // The first connections pay for what all of them share: scratch buffers, the allocator's first pages.
    let first = connect(task, 64)?;
    let before = resident_bytes(pid);
    let links = connect(task, task.args.connections)?;
    let after = resident_bytes(pid);
    drop((first, links));
    let connections = task.args.connections as f64;
    Ok(Point::of_extra([
        ("connections", connections),
        ("server_bytes", after as f64),
        ("bytes_per_connection", after.saturating_sub(before) as f64 / connections),
    ]))
}

fn connect(task: &Task, count: usize) -> Result<Vec<TcpStream>> {
    (0..count)
        .map(|index| {
            let mut stream = TcpStream::connect(task.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            let mut request = Vec::new();
            task.body.push_request(&mut request, index as u64);
            stream.write_all(&request)?;
            let mut answer = vec![0; HEADER];
            stream.read_exact(&mut answer).context("an idle connection got no answer")?;
            Ok(stream)
        })
        .collect()
}
