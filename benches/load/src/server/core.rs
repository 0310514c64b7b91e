//! Frame echo on our exchange layer, answered on the task that owns the socket.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use polydubbo::exchange::{Body, Channel, Handler, Request, ServerListener, ServerOptions};

use crate::frame::OK;
use crate::server::{ServeArgs, Work, announce, runtime};

/// Serves until the process ends.
pub(crate) fn serve(args: &ServeArgs) -> Result<()> {
    runtime(args.threads)?.block_on(async {
        let options = ServerOptions::new(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)));
        let listener = ServerListener::bind(options, Arc::new(Echo(args.work())))?;
        announce(listener.local_addr().port());
        std::future::pending().await
    })
}

struct Echo(Work);

impl Handler for Echo {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        for request in batch.drain(..) {
            self.0.spin();
            let body = Body::from(request.body).with_serialization(request.serialization);
            request.responder.respond(OK, body);
        }
    }
}
