//! Reads the scripts' replies as if a stranger had sent them.

use std::collections::BTreeMap;
use std::str;
use std::sync::Arc;
use std::time::Duration;

use redis::Value;

use super::super::agent::{AgentProfile, AgentState, Status};
use super::super::offer::{Facts, Offer, OfferReply, OfferRequest, Offered, Whom};
use super::super::queue::QueueId;

use super::super::record::AgentRecord;
use super::super::sticky::{Binding, Erased};
use super::super::store::{StoreError, Taken};
use super::super::told::WhyNobody;
use crate::clock::Timestamp;
use crate::telephony::{AgentId, ContactUri};

mod packed;
pub(super) mod past;
pub(super) mod told;

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

    pub(super) fn list(&mut self) -> Result<Self, StoreError> {
        Self::new(self.next()?)
    }

    /// The rest, each a text.
    fn texts(&mut self) -> Result<Vec<String>, StoreError> {
        let mut texts = Vec::with_capacity(self.values.len());
        while !self.is_empty() {
            texts.push(self.text()?);
        }
        Ok(texts)
    }

    pub(super) fn text(&mut self) -> Result<String, StoreError> {
        String::from_utf8(self.bytes()?)
            .map_err(|error| StoreError::Corrupt(format!("text that is not UTF-8: {error}")))
    }

    /// A text that need not be for people.
    fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        let value = self.next()?;
        if let Value::SimpleString(text) = value {
            Ok(text.into_bytes())
        } else if let Value::BulkString(bytes) = value {
            Ok(bytes)
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

    pub(super) fn small<N: TryFrom<i64>>(&mut self) -> Result<N, StoreError> {
        let number = self.number()?;
        N::try_from(number)
            .ok()
            .ok_or_else(|| StoreError::Corrupt(format!("the number {number} is out of range")))
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, StoreError> {
        self.number().map(Timestamp::from_millis)
    }

    /// A length of time, which 0 stands for none of.
    fn length(&mut self) -> Result<Option<Duration>, StoreError> {
        let millis = self.small()?;
        Ok((millis > 0).then(|| Duration::from_millis(millis)))
    }

    pub(super) fn parsed<T, E: std::fmt::Display>(
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

/// What `register.lua` says: the queues without a complete index, and those that are dropped.
pub(super) fn registered(value: Value) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let mut lists = Reader::new(value)?;
    let (mut missing, mut dropped) = (lists.list()?, lists.list()?);
    Ok((missing.texts()?, dropped.texts()?))
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

/// What a page of `erase.lua` forgot; the cursor goes on to the next one.
pub(super) fn erased(value: Value, cursor: &mut String) -> Result<Erased, StoreError> {
    let mut reader = Reader::new(value)?;
    *cursor = reader.text()?;
    let (binding, calls) = (count(&reader.next()?)?, count(&reader.next()?)?);
    let calls = usize::try_from(calls);
    Ok(Erased {
        binding: binding > 0,
        calls: calls.map_err(|error| StoreError::Corrupt(format!("a number of calls: {error}")))?,
    })
}

/// A binding as the scripts write it; `None` for an empty text.
pub(super) fn binding(text: &str) -> Result<Option<Binding>, StoreError> {
    if text.is_empty() {
        return Ok(None);
    }
    let unreadable = || StoreError::Corrupt(format!("the binding {text:?}"));
    let mut parts = text.splitn(4, ' ');
    let mut time = || {
        let millis = parts.next()?.parse().ok()?;
        Some(Timestamp::from_millis(millis))
    };
    let (begun, answered, _expires) = (time(), time(), time());
    let agent = parts.next().and_then(|id| AgentId::parse(id).ok());
    match (begun, answered, agent) {
        (Some(begun), Some(answered), Some(agent)) => Ok(Some(Binding {
            agent,
            begun,
            answered,
        })),
        _ => Err(unreadable()),
    }
}

/// The reply of `offer.lua`, and the server's time if it says it.
pub(super) fn offer(
    value: Value,
    request: &OfferRequest,
) -> Result<(Reply, Option<Timestamp>), StoreError> {
    if let Value::BulkString(text) = &value {
        let (offer, now) = read_offer(text, request)?;
        return Ok((Reply::Decided(OfferReply::Offer(offer)), Some(now)));
    }
    let mut reader = Reader::new(value)?;
    match reader.text()?.as_str() {
        "recall" => {
            let facts = Facts {
                digits: reader.text()?,
                custom_field: reader.text()?,
            };
            Ok((Reply::Decided(OfferReply::Recall(facts)), None))
        }
        "unindexed" => {
            let queues = read_unindexed(reader, request)?;
            Ok((Reply::Decided(OfferReply::Unindexed(queues)), None))
        }
        "later" => Ok((Reply::Later, None)),
        "late" => Ok((Reply::Late, Some(reader.time()?))),
        other => Err(StoreError::Corrupt(format!("the unknown reply {other:?}"))),
    }
}

/// What `offer.lua` can say.
pub(super) enum Reply {
    /// The answer to the request.
    Decided(OfferReply),
    /// The call is known: ask with the script that knows what to do about it.
    Later,
    /// The command was carried out when, by its own account, nobody waited for it any more.
    Late,
}

fn read_offer(text: &[u8], request: &OfferRequest) -> Result<(Offer, Timestamp), StoreError> {
    let text = str::from_utf8(text)
        .map_err(|error| StoreError::Corrupt(format!("text that is not UTF-8: {error}")))?;
    let mut values = text.strip_suffix('\0').unwrap_or(text).split('\0');
    let mut next = || {
        values
            .next()
            .ok_or_else(|| StoreError::Corrupt("an offer ends too early".to_owned()))
    };
    let attempt = parse(next()?, str::parse)?;
    let replayed = next()? == "1";
    let (now, waited) = times(next()?)?;
    let (last, template) = if replayed {
        let (_progress, _at, last) = (next()?, next()?, next()?);
        let (_rings_until, template, _dialling) = (next()?, next()?, next()?);
        (last, Arc::from(template))
    } else {
        (next()?, Arc::clone(&request.template))
    };
    let mut destinations = Vec::with_capacity(usize::from(request.dialling.agents.get()));
    while let Some(uri) = values.next() {
        let uri = parse(uri, ContactUri::from_canonical)?;
        let agent = match values.next() {
            None | Some("") => None,
            Some(id) => Some(parse(id, AgentId::parse)?),
        };
        let queue = values
            .next()
            .and_then(|handling| queue_of(handling, request));
        let _leg = values.next();
        destinations.push(Offered { uri, agent, queue });
    }
    let beside = told::beside_last(last)?;
    let has_targets = !request.targets.is_empty();
    let nobody = beside.nobody.map(|why| match why {
        WhyNobody::NobodyReady if !has_targets => WhyNobody::NoTargets,
        WhyNobody::NobodyReady
        | WhyNobody::NoTargets
        | WhyNobody::Attempts
        | WhyNobody::Cap
        | WhyNobody::Waiting => why,
    });
    let offer = Offer {
        at: now,
        waited: (!replayed).then_some(waited),
        attempt,
        last: last.starts_with('1'),
        template,
        replayed,
        destinations,
        nobody,
        went_back: beside.went_back,
        looked: beside.looked,
        ends: beside.ends,
    };
    Ok((offer, now))
}

/// When the store answered, and how long the call had waited by then: nothing is said of that where it is nothing.
fn times(text: &str) -> Result<(Timestamp, Duration), StoreError> {
    let (now, waited) = text.split_once(' ').unwrap_or((text, "0"));
    let now = Timestamp::from_millis(parse(now, str::parse)?);
    Ok((now, Duration::from_millis(parse(waited, str::parse)?)))
}

/// The name of the queue in the handling of somebody who was found: behind the four numbers and a blank or two.
fn queue_of(handling: &str, request: &OfferRequest) -> Option<Arc<str>> {
    let name = handling.splitn(5, ' ').nth(4)?.trim_start();
    let terms = request
        .targets
        .iter()
        .filter_map(|target| target.terms.as_ref());
    let mut names = terms.map(|terms| &terms.name);
    let known = names.find(|known| ***known == *name).cloned();
    known.or_else(|| (!name.is_empty()).then(|| Arc::from(name)))
}

fn parse<T, E: std::fmt::Display>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, StoreError> {
    // Without the text: it may be somebody's number, and this goes to the log.
    parse(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Only ids that the request named can be meant.
fn read_unindexed(mut reader: Reader, request: &OfferRequest) -> Result<Vec<QueueId>, StoreError> {
    let mut ids = Vec::new();
    while !reader.is_empty() {
        let id = reader.text()?;
        let named = request
            .targets
            .iter()
            .find_map(|target| match &target.whom {
                Whom::Queue(queue) if queue.id().as_str() == id => Some(queue.id().clone()),
                Whom::Queue(_) | Whom::Agent(_) | Whom::Numbers(_) => None,
            });
        ids.push(named.ok_or_else(|| {
            StoreError::Corrupt(format!("the queue {id:?}, which was not asked for"))
        })?);
    }
    Ok(ids)
}

/// The reply of `put_agents.lua`.
pub(super) fn taken(value: Value) -> Result<Vec<Taken>, StoreError> {
    let mut reader = Reader::new(value)?;
    let mut taken = Vec::new();
    while !reader.is_empty() {
        taken.push(Taken {
            agent: reader.parsed(AgentId::parse)?,
            uri: reader.parsed(ContactUri::from_canonical)?,
            owner: reader.parsed(AgentId::parse)?,
        });
    }
    Ok(taken)
}

/// One row of `read_agents.lua`.
pub(super) fn agent(mut row: Reader) -> Result<(AgentProfile, AgentRecord), StoreError> {
    let profile = row.parsed(|text| serde_json::from_str::<AgentProfile>(text))?;
    let mut record = packed::agent(&row.bytes()?, &row.bytes()?)?;
    record.ahead = ahead(&row.text()?)?;
    Ok((profile, record))
}

/// Queues' ids, each with what is added in it.
fn ahead(text: &str) -> Result<BTreeMap<QueueId, u64>, StoreError> {
    let mut words = text.split_ascii_whitespace();
    let mut ahead = BTreeMap::new();
    while let Some(id) = words.next() {
        let added = parse(words.next().unwrap_or_default(), str::parse)?;
        ahead.insert(QueueId::kept(id), added);
    }
    Ok(ahead)
}

/// The letter that a record has for a status.
pub(super) fn letter(status: Status) -> &'static str {
    match status {
        Status::Available => "a",
        Status::OnBreak => "b",
        Status::Offline => "o",
    }
}

fn status(letter_found: &str) -> Option<Status> {
    let all = [Status::Available, Status::OnBreak, Status::Offline];
    all.into_iter()
        .find(|status| letter(*status) == letter_found)
}

/// The state that a record's letter stands for.
pub(super) fn state(letter: &str) -> Option<AgentState> {
    match letter {
        "i" => Some(AgentState::Idle),
        "r" => Some(AgentState::Reserved),
        "g" => Some(AgentState::Ringing),
        "c" => Some(AgentState::InCall),
        "w" => Some(AgentState::WrapUp),
        "b" => Some(AgentState::BackOff),
        _ => None,
    }
}

/// A reply that is one number.
pub(super) fn count(value: &Value) -> Result<i64, StoreError> {
    if let Value::Int(count) = value {
        Ok(*count)
    } else {
        Err(corrupt("a count", value))
    }
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
