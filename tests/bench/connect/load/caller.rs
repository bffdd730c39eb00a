//! One connection, one question at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use reqwest::{Client, StatusCode};

use super::Target;
use crate::service::QUEUES;

/// Exotel's published request, from behind the call's id up to the caller's last digits.
const SAMPLE: &str = "Created=Thu%2C%2010%20Nov%202022%2012%3A18%3A36&CurrentTime=2022-11-10%2012%3A18%3A44\
    &DialCallDuration=0&DialWhomNumber=&Direction=incoming&From=085160";
/// The rest of it.
const REST_OF_SAMPLE: &str = "&StartTime=2022-11-10%2012%3A18%3A36&To=01135124157";
/// One more than the highest number with the digits in which callers differ.
const CALLERS: u64 = 100_000;
/// Every call is new.
static CALLS: AtomicU64 = AtomicU64::new(1);

/// Asks the same again and again, each time for a new call of another caller.
pub(super) struct Caller {
    client: Client,
    url: Arc<str>,
    digit: usize,
}

impl Caller {
    /// With a connection of its own, made when first used; `index` decides which digit its callers press.
    pub(super) fn new(target: &Target, index: usize) -> anyhow::Result<Self> {
        let client = Client::builder()
            .user_agent("Exotel")
            .pool_max_idle_per_host(1)
            .build()
            .context("a client")?;
        Ok(Self {
            client,
            url: Arc::clone(&target.url),
            digit: index % QUEUES,
        })
    }

    /// Asks for a new call; is the answer 200 with three destinations? And its body.
    pub(super) async fn ask(&self) -> anyhow::Result<(bool, Vec<u8>)> {
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        let question = format!(
            "{}CallSid={call:032x}&{SAMPLE}{:05}{REST_OF_SAMPLE}&digits=%22{}%22",
            self.url,
            call % CALLERS,
            self.digit
        );
        let answer = self.client.get(question).send().await?;
        let is_ok = answer.status() == StatusCode::OK;
        let body = answer.bytes().await?;
        let destinations = body
            .windows(CONTACT.len())
            .filter(|window| window == &CONTACT)
            .count();
        Ok((is_ok && destinations == 3, body.into()))
    }
}

/// What stands in an answer once for each destination.
const CONTACT: &[u8] = b"contact_uri";
