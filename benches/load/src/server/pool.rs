//! Frame echo on our exchange layer by the threads of a worker pool, fed batch by batch.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use polydubbo::exchange::dispatch::{Job, PoolKind, PoolOptions, WorkerPool};
use polydubbo::exchange::{Body, Channel, Handler, Request, ServerListener, ServerOptions};

use crate::frame::OK;
use crate::server::{ServeArgs, Work, announce, runtime};

/// Serves until the process ends.
pub(crate) fn serve(args: &ServeArgs) -> Result<()> {
    runtime(args.threads)?.block_on(async {
        let options = ServerOptions::new(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)));
        let pool = WorkerPool::new(PoolOptions::new(PoolKind::Fixed, "load"));
        let listener = ServerListener::bind(options, Arc::new(Echo { pool, work: args.work() }))?;
        announce(listener.local_addr().port());
        std::future::pending().await
    })
}

struct Echo {
    pool: WorkerPool,
    work: Work,
}

impl Handler for Echo {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        let work = self.work;
        let job = |request: Request| -> Job {
            Box::new(move || {
                work.spin();
                let body = Body::from(request.body).with_serialization(request.serialization);
                request.responder.respond(OK, body);
            })
        };
        let mut jobs: Vec<Job> = batch.drain(..).map(job).collect();
        // What the pool refuses is dropped here, and its responders answer with an error.
        self.pool.submit(&mut jobs);
    }
}
