use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A TCP port that nobody uses at this moment, for programs that must be told one.
///
/// # Errors
///
/// If the system has none left.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))?.local_addr()?.port())
}
