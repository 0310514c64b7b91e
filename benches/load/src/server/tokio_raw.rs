//! The same loop on tokio's `current_thread` runtime: what the runtime alone costs.

use std::net::TcpListener;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::frame;
use crate::link::SCRATCH;
use crate::server::Work;

/// Serves frame echo until the process ends.
pub(crate) fn serve(listener: TcpListener, work: Work) -> Result<()> {
    listener.set_nonblocking(true)?;
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(connection(stream, work));
        }
    })
}

async fn connection(mut stream: TcpStream, work: Work) -> Result<()> {
    stream.set_nodelay(true)?;
    let (mut buffer, mut out) = (vec![0; SCRATCH], Vec::new());
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            buffer.resize(2 * filled, 0);
        }
        let count = stream.read(&mut buffer[filled..]).await?;
        if count == 0 {
            return Ok(());
        }
        filled += count;
        let used = frame::cut(&buffer[..filled], |request| {
            work.spin();
            frame::push_echo(&mut out, request);
            Ok(())
        })?;
        buffer.copy_within(used..filled, 0);
        filled -= used;
        stream.write_all(&out).await?;
        out.clear();
    }
}
