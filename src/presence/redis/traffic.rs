//! Reads the calls of queues from the reply of `read_calls.lua`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use redis::Value;

use super::super::store::StoreError;
use super::super::waiting::{QueueCalls, Traffic, WaitingCall};
use super::reply::Reader;
use crate::telephony::CallSid;

/// The calls of these queues, in the order in which they were asked for.
pub(super) fn traffic(value: Value, queues: &[Arc<str>]) -> Result<Traffic, StoreError> {
    let mut reader = Reader::new(value)?;
    let at = Some(reader.time()?);
    let usual_interval = interval(&mut reader)?;
    let rows = reader.rows().map(|row| row.and_then(calls));
    let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
    Ok(Traffic {
        queues: queues.iter().cloned().zip(rows).collect(),
        usual_interval,
        at,
    })
}

fn calls(mut row: Reader) -> Result<QueueCalls, StoreError> {
    let (waiting, count) = (row.small()?, row.small::<u32>()?);
    let mut holding = BTreeSet::new();
    for _ in 0..count {
        holding.insert(row.parsed(CallSid::parse)?);
    }
    let mut longest = Vec::new();
    while !row.is_empty() {
        longest.push(WaitingCall {
            call: row.parsed(CallSid::parse)?,
            since: row.time()?,
            asked: row.time()?,
            interval: interval(&mut row)?,
        });
    }
    Ok(QueueCalls {
        holding,
        waiting,
        longest,
    })
}

/// Milliseconds; 0 for none.
fn interval(reader: &mut Reader) -> Result<Option<Duration>, StoreError> {
    let millis: u64 = reader.small()?;
    Ok((millis > 0).then(|| Duration::from_millis(millis)))
}
