//! One non-blocking connection of the epoll programs: read many frames, write once.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use anyhow::Result;

use crate::frame::{self, Frame};

/// Size of a read buffer; one of them serves all connections of a thread.
pub(crate) const SCRATCH: usize = 256 * 1024;

/// A socket with what is left of a partial frame and what the kernel did not take yet.
#[derive(Debug)]
pub(crate) struct Link {
    stream: TcpStream,
    partial: Vec<u8>,
    out: Vec<u8>,
    written: usize,
}

impl Link {
    pub(crate) fn new(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, partial: Vec::new(), out: Vec::new(), written: 0 })
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Bytes that wait to be written.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Reads once and hands over every complete frame together with the bytes to write. False at the end of the stream.
    pub(crate) fn read(
        &mut self,
        scratch: &mut [u8],
        mut each: impl FnMut(Frame<'_>, &mut Vec<u8>),
    ) -> Result<bool> {
        let kept = self.partial.len();
        if kept >= scratch.len() {
            return self.read_long(scratch, each);
        }
        scratch[..kept].copy_from_slice(&self.partial);
        let count = match self.stream.read(&mut scratch[kept..]) {
            Ok(0) => return Ok(false),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        let bytes = &scratch[..kept + count];
        let used = frame::cut(bytes, |frame| {
            each(frame, &mut self.out);
            Ok(())
        })?;
        self.partial.clear();
        self.partial.extend_from_slice(&bytes[used..]);
        Ok(true)
    }

    /// A frame longer than the scratch buffer collects in the partial buffer.
    fn read_long(
        &mut self,
        scratch: &mut [u8],
        mut each: impl FnMut(Frame<'_>, &mut Vec<u8>),
    ) -> Result<bool> {
        match self.stream.read(scratch) {
            Ok(0) => return Ok(false),
            Ok(count) => self.partial.extend_from_slice(&scratch[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(error.into()),
        }
        let used = frame::cut(&self.partial, |frame| {
            each(frame, &mut self.out);
            Ok(())
        })?;
        self.partial.drain(..used);
        Ok(true)
    }

    /// Writes what there is. True when all of it is gone.
    pub(crate) fn flush(&mut self) -> Result<bool> {
        while self.written < self.out.len() {
            match self.stream.write(&self.out[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        self.out.clear();
        self.written = 0;
        Ok(true)
    }
}
