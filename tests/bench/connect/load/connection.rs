//! One connection, one question at a time.

use std::ops::Range;
use std::str;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Target;
use crate::service::QUEUES;

/// Exotel's published request, from behind the call's id up to the caller's last digits.
const SAMPLE: &str = "Created=Thu%2C%2010%20Nov%202022%2012%3A18%3A36&CurrentTime=2022-11-10%2012%3A18%3A44\
    &DialCallDuration=0&DialWhomNumber=&Direction=incoming&From=085160";
/// The rest of it.
const REST_OF_SAMPLE: &str = "&StartTime=2022-11-10%2012%3A18%3A36&To=01135124157";
/// As long as Exotel's.
const SID_LENGTH: usize = 32;
/// The digits in which callers differ.
const CALLER_LENGTH: usize = 5;
/// One more than the highest number with so many digits.
const CALLERS: u64 = 100_000;
/// Every call is new.
static CALLS: AtomicU64 = AtomicU64::new(1);

/// A connection that asks the same again and again, each time for a new call of another caller.
pub(super) struct Connection {
    stream: TcpStream,
    question: Vec<u8>,
    sid: Range<usize>,
    caller: Range<usize>,
    answer: Vec<u8>,
    body: Range<usize>,
}

impl Connection {
    /// Connects; `index` decides which digit the callers of this connection press.
    pub(super) async fn open(target: &Target, index: usize) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        let head = format!("GET {}CallSid=", target.path);
        let sid = head.len()..head.len() + SID_LENGTH;
        let head = format!("{head}{:0SID_LENGTH$}&{SAMPLE}", 0);
        let caller = head.len()..head.len() + CALLER_LENGTH;
        let digit = index % QUEUES;
        let question = format!(
            "{head}{:0CALLER_LENGTH$}{REST_OF_SAMPLE}&digits=%22{digit}%22 HTTP/1.1\r\n\
             Host: connect.example.com\r\nAccept: */*\r\nUser-Agent: Exotel\r\n\r\n",
            0
        );
        let question = question.into_bytes();
        Ok(Self {
            stream,
            question,
            sid,
            caller,
            answer: Vec::with_capacity(4096),
            body: 0..0,
        })
    }

    /// Asks for a new call; is the answer 200 with three destinations?
    pub(super) async fn ask(&mut self) -> anyhow::Result<bool> {
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        let (sid, caller) = (self.sid.clone(), self.caller.clone());
        self.question[sid].copy_from_slice(format!("{call:0SID_LENGTH$x}").as_bytes());
        let digits = format!("{:0CALLER_LENGTH$}", call % CALLERS);
        self.question[caller].copy_from_slice(digits.as_bytes());
        self.stream.write_all(&self.question).await?;
        self.answer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.answer).await?;
            ensure!(read > 0, "the server closed a connection");
            if let Some(body) = body(&self.answer)?
                && body.end <= self.answer.len()
            {
                self.body = body;
                let is_ok = self.answer.starts_with(b"HTTP/1.1 200");
                return Ok(is_ok && self.body().matches("contact_uri").count() == 3);
            }
        }
    }

    /// The last answer's.
    pub(super) fn body(&self) -> &str {
        str::from_utf8(&self.answer[self.body.clone()]).unwrap_or_default()
    }
}

/// Where the body will be, once the head is there whole.
fn body(answer: &[u8]) -> anyhow::Result<Option<Range<usize>>> {
    let Some(end_of_head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = str::from_utf8(&answer[..end_of_head])?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim())
    });
    let length: usize = length.context("no length")?.parse()?;
    let start = end_of_head + 4;
    Ok(Some(start..start + length))
}
