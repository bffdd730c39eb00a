//! The logs, in Redis: a stream for each account, and for each call a list of what is about it, which names the entries of
//! the stream and holds the others. All over the connections for rare work.

use async_trait::async_trait;
use redis::Value;

use super::super::log::{
    CallLog, DecisionLog, LogEnds, LogId, LogOrder, LogPlace, LogRange, LogRetention, Logged,
    LoggedOfCall, NewEntry, Worth,
};
use super::super::store::StoreError;
use super::RedisStore;
use super::call::Call;
use super::command::millis;
use super::keys::Keys;
use super::reply::Reader;
use crate::telephony::{AccountName, CallSid, PhoneNumber};

/// How much of a log is looked through at a time for a customer to be forgotten.
const PAGE: usize = 500;

#[async_trait]
impl DecisionLog for RedisStore {
    async fn append(
        &self,
        account: &AccountName,
        entries: &[NewEntry],
        retention: LogRetention,
    ) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let keys = Keys::of(account);
        let script = &self.shared.scripts.log_append;
        let mut append = self.call(script, &keys, &[keys.log(), keys.log_delay()]);
        append
            .arg(millis(retention.kept))
            .arg(retention.most.get())
            .arg(keys.log_calls());
        for entry in entries {
            let customer = entry.customer.map(|number| number.to_string());
            append
                .arg(format!(
                    "{}{}",
                    letter(entry.place),
                    if entry.worth == Worth::Repeat {
                        "r"
                    } else {
                        ""
                    }
                ))
                .arg(entry.at.as_millis())
                .arg(entry.call.as_ref().map_or("", CallSid::as_str))
                .arg(customer.unwrap_or_default())
                .arg(&entry.text);
        }
        self.run(&append).await.map(drop)
    }

    async fn read(
        &self,
        account: &AccountName,
        range: LogRange,
    ) -> Result<Vec<Logged>, StoreError> {
        let found = self.stretch(account, range).await?;
        Ok(found.into_iter().map(|found| found.logged).collect())
    }

    async fn ends(&self, account: &AccountName) -> Result<Option<LogEnds>, StoreError> {
        let keys = Keys::of(account);
        let script = &self.shared.scripts.log_ends;
        let ends = self.call(script, &keys, &[keys.log(), keys.log_delay()]);
        let mut reader = Reader::new(self.run(&ends).await?)?;
        if reader.is_empty() {
            return Ok(None);
        }
        let (last, first) = (id(&reader.text()?)?, reader.text()?);
        let first = (!first.is_empty()).then(|| id(&first)).transpose()?;
        let delay = std::time::Duration::from_millis(reader.small()?);
        Ok(Some(LogEnds { first, last, delay }))
    }

    async fn of_call(&self, account: &AccountName, call: &CallSid) -> Result<CallLog, StoreError> {
        let keys = Keys::of(account);
        let script = &self.shared.scripts.log_of_call;
        let read = self.call(script, &keys, &[keys.log(), keys.log_call(call)]);
        let mut reader = Reader::new(self.run(&read).await?)?;
        let gone = reader.small()?;
        let mut entries = Vec::new();
        while !reader.is_empty() {
            let place = reader.text()?;
            entries.push(LoggedOfCall {
                id: (!place.is_empty()).then(|| id(&place)).transpose()?,
                text: reader.text()?,
            });
        }
        Ok(CallLog { entries, gone })
    }

    async fn trim(&self, account: &AccountName, retention: LogRetention) -> Result<(), StoreError> {
        // Nothing is written: where there is no entry, nothing is let go.
        let keys = Keys::of(account);
        let script = &self.shared.scripts.log_trim;
        let mut trim = self.call(script, &keys, &[keys.log()]);
        trim.arg(millis(retention.kept)).arg(retention.most.get());
        self.run(&trim).await.map(drop)
    }
}

/// An entry, with the customer whose number stands in it.
struct Found {
    logged: Logged,
    customer: Option<String>,
}

impl RedisStore {
    async fn stretch(
        &self,
        account: &AccountName,
        range: LogRange,
    ) -> Result<Vec<Found>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let bound = |id: Option<LogId>, none: &str| match id {
            Some(id) => format!("({id}"),
            None => none.to_owned(),
        };
        let (after, before) = (bound(range.after, "-"), bound(range.before, "+"));
        let (command, from, to) = match range.order {
            LogOrder::Forwards => ("XRANGE", after, before),
            LogOrder::Backwards => ("XREVRANGE", before, after),
        };
        let mut read = redis::cmd(command);
        read.arg(Keys::of(account).log()).arg(from).arg(to);
        read.arg("COUNT").arg(range.most);
        found(self.run(&Call::plain(read)).await?)
    }

    /// Takes out whatever has this customer's number in it, page by page.
    pub(super) async fn forget_in_log(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<(), StoreError> {
        let customer = customer.to_string();
        let mut range = LogRange {
            after: None,
            before: None,
            order: LogOrder::Forwards,
            most: PAGE,
        };
        loop {
            let page = self.stretch(account, range).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            range.after = Some(last.logged.id);
            let theirs = page
                .iter()
                .filter(|found| found.customer.as_ref() == Some(&customer));
            let ids: Vec<_> = theirs.map(|found| found.logged.id.to_string()).collect();
            if !ids.is_empty() {
                let mut delete = redis::cmd("XDEL");
                delete.arg(Keys::of(account).log()).arg(ids);
                self.run(&Call::plain(delete)).await?;
            }
        }
    }
}

fn letter(place: LogPlace) -> &'static str {
    match place {
        LogPlace::Log => "l",
        LogPlace::Call => "c",
        LogPlace::KnownCall => "k",
    }
}

fn id(text: &str) -> Result<LogId, StoreError> {
    LogId::parse(text).ok_or_else(|| StoreError::Corrupt(format!("the place {text:?} in a log")))
}

/// The entries of a stretch: of each its id, then names and values.
fn found(value: Value) -> Result<Vec<Found>, StoreError> {
    let rows = Reader::new(value)?.rows();
    rows.map(|row| {
        let mut row = row?;
        let id = id(&row.text()?)?;
        let (mut text, mut customer) = (None, None);
        let mut fields = row.list()?;
        while !fields.is_empty() {
            match (fields.text()?.as_str(), fields.text()?) {
                ("e", value) => text = Some(value),
                ("n", value) => customer = Some(value),
                _ => {}
            }
        }
        let text = text.ok_or_else(|| StoreError::Corrupt(format!("{id} in a log has no text")))?;
        Ok(Found {
            logged: Logged { id, text },
            customer,
        })
    })
    .collect()
}
