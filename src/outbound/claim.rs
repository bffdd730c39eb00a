//! A request that comes twice makes one call: of all that carry one key, the first is worked on, and the others are told what
//! came of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::dialer::Started;
use super::failure::NotStarted;
use super::naming::unique;
use crate::clock::Timestamp;
use crate::presence::{NoteStep, Store, StoreError};
use crate::telephony::{AccountName, AgentId, CallSid, ContactUri, PhoneNumber};

/// How long what came of a request is told to those that repeat it.
const KEPT: Duration = Duration::from_hours(24);

/// Before a claim is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// What an application gives a request, so that it may repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an Idempotency-Key has 1 to 255 printable ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Takes 1 to 255 printable ASCII characters.
    pub fn parse(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        let is_printable = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        if (1..=255).contains(&text.len()) && text.bytes().all(is_printable) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidIdempotencyKey)
        }
    }
}

/// What is kept under a key.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// Of the request that came first.
    request: String,
    outcome: Outcome,
    /// Of a pending one: until when it can be worked on, by the clock of whoever does. After that nobody does any more, for
    /// that instance is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    worked_on_until: Option<Timestamp>,
    /// Of a pending one: a word of whoever claimed it, by which a claim whose answer got lost is known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

impl Kept {
    /// Can somebody be at it still?
    fn is_worked_on(&self, now: Timestamp) -> bool {
        self.worked_on_until.is_none_or(|until| now < until)
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Pending,
    Unknown,
    Started(Box<KeptCall>),
}

/// A call as it is kept: without the customer, whom whoever repeats the request names again.
#[derive(Debug, Serialize, Deserialize)]
struct KeptCall {
    id: CallSid,
    call: Option<CallSid>,
    agent: AgentId,
    contact_uri: ContactUri,
    virtual_number: PhoneNumber,
}

impl KeptCall {
    fn of(started: &Started) -> Self {
        Self {
            id: started.id.clone(),
            call: started.call.clone(),
            agent: started.agent.clone(),
            contact_uri: started.contact_uri.clone(),
            virtual_number: started.virtual_number,
        }
    }

    fn with(self, to: PhoneNumber) -> Started {
        Started {
            id: self.id,
            call: self.call,
            agent: self.agent,
            contact_uri: self.contact_uri,
            to,
            virtual_number: self.virtual_number,
        }
    }
}

/// The right to work on the request of a key.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    store: &'a dyn Store,
    account: &'a AccountName,
    name: String,
    request: String,
}

/// What a claim came to.
#[derive(Debug)]
pub(super) enum Claimed<'a> {
    /// Nobody has worked on it yet.
    Ours(Claim<'a>),
    /// It is done already.
    Done(Box<Started>),
}

impl<'a> Claim<'a> {
    /// Claims the request of this key. `request` is what tells it from others, `to` the customer whom it names; it is worked
    /// on from `now` until `until` at the latest.
    pub(super) async fn of(
        store: &'a dyn Store,
        account: &'a AccountName,
        key: &IdempotencyKey,
        request: &str,
        to: PhoneNumber,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<Claimed<'a>, NotStarted> {
        let claim = Self {
            store,
            account,
            name: format!("click:{:x}", Sha256::digest(&key.0)),
            request: fingerprint(key, request),
        };
        let Some(before) = claim.take(until).await? else {
            return Ok(Claimed::Ours(claim));
        };
        let before: Kept = serde_json::from_str(&before)
            .map_err(|error| StoreError::Corrupt(format!("the note of a key: {error}")))?;
        if before.request != claim.request {
            return Err(NotStarted::KeyReused);
        }
        match before.outcome {
            Outcome::Pending if before.is_worked_on(now) => Err(NotStarted::InProgress),
            Outcome::Pending | Outcome::Unknown => Err(NotStarted::OutcomeUnknown),
            Outcome::Started(started) => Ok(Claimed::Done(Box::new(started.with(to)))),
        }
    }

    /// Writes that it is worked on; what stood there before, unless that was written here. A store that fails is asked once
    /// more: it may have done its work and only its answer got lost, and then nobody would work on this request.
    async fn take(&self, until: Timestamp) -> Result<Option<String>, StoreError> {
        let text = text(&Kept {
            request: self.request.clone(),
            outcome: Outcome::Pending,
            worked_on_until: Some(until),
            nonce: Some(unique()),
        })?;
        let step = NoteStep::Claim {
            text: &text,
            kept: KEPT,
        };
        match self.store.note(self.account, &self.name, step).await {
            Err(error) if error.is_transient() => {
                tokio::time::sleep(PAUSE).await;
                let before = self.store.note(self.account, &self.name, step).await?;
                Ok(before.filter(|before| *before != text))
            }
            claimed => claimed,
        }
    }

    /// Keeps what came of it. Where there is surely no call, the key is free for another try.
    pub(super) async fn settle(
        self,
        outcome: &Result<Started, NotStarted>,
    ) -> Result<(), StoreError> {
        let text = match outcome {
            Ok(started) => self.done(Outcome::Started(Box::new(KeptCall::of(started))))?,
            Err(NotStarted::Uncertain(_)) => self.done(Outcome::Unknown)?,
            Err(_) => {
                let remove = NoteStep::Remove;
                return self
                    .store
                    .note(self.account, &self.name, remove)
                    .await
                    .map(drop);
            }
        };
        let step = NoteStep::Write {
            text: &text,
            kept: KEPT,
        };
        self.store
            .note(self.account, &self.name, step)
            .await
            .map(drop)
    }

    fn done(&self, outcome: Outcome) -> Result<String, StoreError> {
        text(&Kept {
            request: self.request.clone(),
            outcome,
            worked_on_until: None,
            nonce: None,
        })
    }
}

/// What tells a request from others with its key. The customer's number is in it: a digest of the request alone would give the
/// number away to whoever tries all numbers, so the key is in it too, of which the store knows nothing but another digest.
fn fingerprint(key: &IdempotencyKey, request: &str) -> String {
    // A key has no NUL.
    let digest = Sha256::new().chain_update(&key.0).chain_update([0]);
    format!("{:x}", digest.chain_update(request).finalize())
}

fn text(kept: &Kept) -> Result<String, StoreError> {
    serde_json::to_string(kept)
        .map_err(|error| StoreError::Corrupt(format!("a note that is no JSON: {error}")))
}
