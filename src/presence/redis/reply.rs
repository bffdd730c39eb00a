//! Reads the scripts' replies as if a stranger had sent them.

use std::str;
use std::sync::Arc;

use redis::Value;

use super::super::agent::{AgentProfile, AgentState, Status};
use super::super::offer::{Facts, Offer, OfferReply, OfferRequest, OfferTarget, Offered};
use super::super::queue::QueueId;
use super::super::record::AgentRecord;
use super::super::store::StoreError;
use crate::clock::Timestamp;
use crate::telephony::{AgentId, CallSid, ContactUri};

/// Takes a reply apart from the front.
pub(super) struct Reader {
    values: std::vec::IntoIter<Value>,
}

impl Reader {
    pub(super) fn new(value: Value) -> Result<Self, StoreError> {
        if let Value::Array(values) = value {
            let values = values.into_iter();
            Ok(Self { values })
        } else {
            Err(corrupt("a list", &value))
        }
    }

    fn next(&mut self) -> Result<Value, StoreError> {
        self.values
            .next()
            .ok_or_else(|| StoreError::Corrupt("a reply ends too early".to_owned()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.len() == 0
    }

    pub(super) fn text(&mut self) -> Result<String, StoreError> {
        let value = self.next()?;
        if let Value::SimpleString(text) = value {
            Ok(text)
        } else if let Value::BulkString(bytes) = value {
            String::from_utf8(bytes)
                .map_err(|error| StoreError::Corrupt(format!("text that is not UTF-8: {error}")))
        } else {
            Err(corrupt("text", &value))
        }
    }

    pub(super) fn number(&mut self) -> Result<i64, StoreError> {
        let value = self.next()?;
        if let Value::Int(number) = value {
            Ok(number)
        } else {
            Err(corrupt("a number", &value))
        }
    }

    fn small<N: TryFrom<i64>>(&mut self) -> Result<N, StoreError> {
        let number = self.number()?;
        N::try_from(number)
            .ok()
            .ok_or_else(|| StoreError::Corrupt(format!("the number {number} is out of range")))
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, StoreError> {
        self.number().map(Timestamp::from_millis)
    }

    fn parsed<T, E: std::fmt::Display>(
        &mut self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StoreError> {
        let text = self.text()?;
        parse(&text).map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    fn word<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        let text = self.text()?;
        parse(&text).ok_or_else(|| StoreError::Corrupt(format!("the unknown word {text:?}")))
    }

    /// The rest, each a list of its own.
    pub(super) fn rows(self) -> impl Iterator<Item = Result<Reader, StoreError>> {
        self.values.map(Reader::new)
    }
}

fn corrupt(expected: &str, found: &Value) -> StoreError {
    let kind = kind(found);
    StoreError::Corrupt(format!("a reply has {kind} where {expected} was expected"))
}

/// What a reply is, in a word. The kinds of replies are an open set.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only the kinds that our scripts use are told apart"
)]
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nothing",
        Value::Int(_) => "a number",
        Value::BulkString(_) | Value::SimpleString(_) | Value::Okay => "text",
        Value::Array(_) => "a list",
        _ => "something else",
    }
}

/// The reply of `offer.lua`.
pub(super) fn offer(value: Value, request: &OfferRequest) -> Result<OfferReply, StoreError> {
    let mut reader = Reader::new(value)?;
    match reader.text()?.as_str() {
        "offer" => read_offer(reader, request).map(OfferReply::Offer),
        "recall" => Ok(OfferReply::Recall(Facts {
            digits: reader.text()?,
            custom_field: reader.text()?,
        })),
        "unindexed" => read_unindexed(reader, request).map(OfferReply::Unindexed),
        other => Err(StoreError::Corrupt(format!("the unknown reply {other:?}"))),
    }
}

fn read_offer(mut reader: Reader, request: &OfferRequest) -> Result<Offer, StoreError> {
    let attempt = reader.small()?;
    let last = reader.number()? == 1;
    let replayed = reader.number()? == 1;
    let stored = reader.text()?;
    let template = if replayed {
        Arc::from(stored)
    } else {
        Arc::clone(&request.template)
    };
    let mut destinations = Vec::with_capacity(3);
    while !reader.is_empty() {
        let uri = reader.parsed(ContactUri::from_canonical)?;
        let agent = reader.text()?;
        let agent = match agent.as_str() {
            "" => None,
            id => Some(AgentId::parse(id).map_err(|error| StoreError::Corrupt(error.to_string()))?),
        };
        destinations.push(Offered { uri, agent });
    }
    Ok(Offer {
        attempt,
        last,
        template,
        replayed,
        destinations,
    })
}

/// Only ids that the request named can be meant.
fn read_unindexed(mut reader: Reader, request: &OfferRequest) -> Result<Vec<QueueId>, StoreError> {
    let mut ids = Vec::new();
    while !reader.is_empty() {
        let id = reader.text()?;
        let named = request.targets.iter().find_map(|target| match target {
            OfferTarget::Queue(queue) if queue.id().as_str() == id => Some(queue.id().clone()),
            OfferTarget::Queue(_) | OfferTarget::Numbers(_) => None,
        });
        ids.push(named.ok_or_else(|| {
            StoreError::Corrupt(format!("the queue {id:?}, which was not asked for"))
        })?);
    }
    Ok(ids)
}

/// One row of `read_agents.lua`.
pub(super) fn agent(mut row: Reader) -> Result<(AgentProfile, AgentRecord), StoreError> {
    let profile = row.parsed(|text| serde_json::from_str::<AgentProfile>(text))?;
    let record = AgentRecord {
        status: row.word(Status::parse)?,
        status_since: row.time()?,
        reason: row.text()?,
        break_until: row.time()?,
        seen_at: row.time()?,
        idle_since: row.time()?,
        state: row.word(AgentState::parse)?,
        until: row.time()?,
        call: match row.text()?.as_str() {
            "" => None,
            call => {
                Some(CallSid::parse(call).map_err(|error| StoreError::Corrupt(error.to_string()))?)
            }
        },
        parked_until: row.time()?,
        day: row.number()?,
        calls: row.small()?,
        talk_millis: row.small()?,
        turn: row.small()?,
    };
    Ok((profile, record))
}

/// A reply that is one word.
pub(super) fn word(value: &Value) -> Result<&str, StoreError> {
    if let Value::BulkString(bytes) = value {
        str::from_utf8(bytes)
            .map_err(|error| StoreError::Corrupt(format!("text that is not UTF-8: {error}")))
    } else {
        Err(corrupt("a word", value))
    }
}
