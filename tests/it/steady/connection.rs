//! One connection and no more HTTP than is needed: a client that costs as much as the server would measure itself.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Nothing takes so long unless it never ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection that stays open, and is opened again when the server has closed it.
pub(super) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// What came back.
pub(super) struct Reply<'a> {
    pub(super) status: u16,
    pub(super) body: &'a str,
}

/// A request without a body.
pub(super) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: ringmaster\r\nUser-Agent: Exotel\r\n\r\n")
}

/// A request to the API of the account, with a body or an empty one.
pub(super) fn api(method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} /v1/accounts/default{path} HTTP/1.1\r\nHost: ringmaster\r\nAuthorization: Bearer boss\r\n\
        Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

impl Connection {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            buffer: Vec::new(),
        }
    }

    /// Sends a request and reads the reply; once more when the server had closed the connection, as it may.
    pub(super) async fn ask(&mut self, request: &str) -> io::Result<Reply<'_>> {
        let had_one = self.stream.is_some();
        let mut outcome = self.try_once(request).await;
        if outcome.is_err() && had_one {
            outcome = self.try_once(request).await;
        }
        let (status, body) = outcome?;
        let body = std::str::from_utf8(&self.buffer[body..]).map_err(io::Error::other)?;
        Ok(Reply { status, body })
    }

    async fn try_once(&mut self, request: &str) -> io::Result<(u16, usize)> {
        let outcome = timeout(PATIENCE, self.exchange(request)).await;
        let outcome = outcome.unwrap_or_else(|_late| Err(io::ErrorKind::TimedOut.into()));
        if outcome.is_err() {
            self.stream = None;
        }
        outcome
    }

    async fn exchange(&mut self, request: &str) -> io::Result<(u16, usize)> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut().unwrap();
        stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some((status, body, length)) = head(&self.buffer)
                && self.buffer.len() >= body + length
            {
                return Ok((status, body));
            }
        }
    }
}

/// The status, where the body begins and how long it is; `None` while the head is not all there.
fn head(text: &[u8]) -> Option<(u16, usize, usize)> {
    let end = text.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&text[..end]).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().unwrap())
    });
    Some((status, end + 4, length.unwrap_or(0)))
}

#[test]
fn a_head_is_read_when_it_is_all_there() {
    let text = b"HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\nx: y\r\n\r\nabc";
    assert_eq!(head(text), Some((404, text.len() - 3, 3)));
    assert_eq!(head(&text[..30]), None);
}
