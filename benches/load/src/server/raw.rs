//! The limit: one thread, epoll, one read and one write for all frames that have arrived.

use std::collections::HashMap;
use std::net::TcpListener;

use anyhow::Result;

use crate::frame;
use crate::link::{Link, SCRATCH};
use crate::poll::Poll;
use crate::server::Work;

const LISTENER: u64 = 0;

/// Serves frame echo until the process ends.
pub(crate) fn serve(listener: TcpListener, work: Work) -> Result<()> {
    listener.set_nonblocking(true)?;
    let mut server = Server { poll: Poll::new()?, links: HashMap::new(), next: LISTENER + 1, work };
    server.poll.add(&listener, LISTENER)?;
    let mut scratch = vec![0; SCRATCH];
    let mut ready = Vec::new();
    loop {
        ready.clear();
        ready.extend(server.poll.wait()?);
        for &token in &ready {
            if token == LISTENER {
                server.accept(&listener)?;
            } else {
                server.turn(token, &mut scratch)?;
            }
        }
    }
}

struct Server {
    poll: Poll,
    links: HashMap<u64, Link>,
    next: u64,
    work: Work,
}

impl Server {
    fn accept(&mut self, listener: &TcpListener) -> Result<()> {
        while let Ok((stream, _)) = listener.accept() {
            let link = Link::new(stream)?;
            self.poll.add(link.stream(), self.next)?;
            self.links.insert(self.next, link);
            self.next += 1;
        }
        Ok(())
    }

    fn turn(&mut self, token: u64, scratch: &mut [u8]) -> Result<()> {
        let Some(link) = self.links.get_mut(&token) else { return Ok(()) };
        let work = self.work;
        let alive = link.read(scratch, |request, out| {
            work.spin();
            frame::push_echo(out, request);
        });
        // A reset connection is how most clients of a benchmark leave.
        let flushed = alive.and_then(|alive| Ok((alive, link.flush()?)));
        match flushed {
            Ok((true, all)) => self.poll.watch_output(link.stream(), token, !all),
            Ok((false, _)) | Err(_) => {
                self.links.remove(&token);
                Ok(())
            }
        }
    }
}
