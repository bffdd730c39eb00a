//! Who was not rung, counted by why: reckoned when somebody asks for it, for it takes what every agent was.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::presence::Past;
use crate::routing::log::LogEntry;
use crate::routing::log::entry::DecisionEntry;
use crate::routing::{RoutingBook, passed_over, replay};
use crate::server::caller::Caller;
use crate::server::context::Context;
use crate::server::problem::ApiError;

/// So many agents are looked at for one request at most, each once for every answer.
const MOST_LOOKS: usize = 100_000;

/// Were they counted?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Counted)]
pub(in crate::server) enum Counts {
    /// Wherever it is known what agents were.
    Counted,
    /// Nowhere: there are too many agents for so many answers. Ask for fewer.
    TooMany,
    /// Nowhere: others are counting, and it was not done with in time. Ask again.
    Busy,
}

/// For so long is waited until it is one's turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// What one at a time does: counting, in each worker, for it takes memory for all that agents have been.
#[derive(Clone, Debug)]
pub(in crate::server) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Turns {
    /// The right to do it, while it is held; nothing when others are at it for too long.
    pub(in crate::server) async fn next(&self) -> Option<OwnedSemaphorePermit> {
        let next = Arc::clone(&self.0).acquire_owned();
        tokio::time::timeout(PATIENCE, next).await.ok()?.ok()
    }
}

/// The entries, with the counts in the open queues of those that are decisions.
pub(in crate::server) async fn with_passed_over(
    context: &Context,
    caller: &Caller,
    entries: Vec<Box<RawValue>>,
) -> Result<(Vec<Box<RawValue>>, Counts), ApiError> {
    let decisions: Vec<_> = entries.iter().map(|entry| read(entry)).collect();
    let known = || decisions.iter().flatten();
    let moments = || known().map(|(at, _)| *at);
    let (Some(from), Some(to)) = (moments().min(), moments().max()) else {
        return Ok((entries, Counts::Counted));
    };
    let Some(turn) = context.turns().next().await else {
        return Ok((entries, Counts::Busy));
    };
    let past = context.store().past(&caller.account, from, to).await?;
    if past.agents().saturating_mul(known().count()) > MOST_LOOKS {
        return Ok((entries, Counts::TooMany));
    }
    let book = Arc::clone(&caller.book);
    let count = move || {
        // Held until the end, even when whoever asked has gone.
        let _turn = turn;
        let pairs = entries.into_iter().zip(decisions);
        let told = pairs.map(|(entry, decision)| match decision {
            Some((_, decision)) => counted(&book, &past, &decision, &entry).unwrap_or(entry),
            None => entry,
        });
        told.collect()
    };
    // It looks at every agent for every answer: no caller may wait for that.
    let entries = actix_web::web::block(count)
        .await
        .or(Err(ApiError::Stopping))?;
    Ok((entries, Counts::Counted))
}

/// The decision in an entry for which somebody was looked for in a queue, and when it was made.
fn read(entry: &RawValue) -> Option<(Timestamp, Box<DecisionEntry>)> {
    let Ok(LogEntry::Decision(decision)) = serde_json::from_str(entry.get()) else {
        return None;
    };
    let mut targets = decision.targets.iter();
    let has_queue = targets.any(|target| target.open && target.queue.is_some());
    let at = replay::decided_at(&decision).filter(|_| has_queue)?;
    Some((at, decision))
}

/// The entry as it was written, with the counts; `None` where there is nothing to add.
fn counted(
    book: &RoutingBook,
    past: &Past,
    decision: &DecisionEntry,
    entry: &RawValue,
) -> Option<Box<RawValue>> {
    let mut shown: Value = serde_json::from_str(entry.get()).ok()?;
    let targets = shown.get_mut("targets")?.as_array_mut()?;
    for (target, counts) in targets.iter_mut().zip(passed_over(book, decision, past)) {
        if let (Some(target), Some(counts)) = (target.as_object_mut(), counts) {
            let counts = serde_json::to_value(counts).ok()?;
            target.insert("passed_over".to_owned(), counts);
        }
    }
    to_raw_value(&shown).ok()
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn one_counts_at_a_time_and_whoever_waits_for_too_long_is_told() {
        let turns = Turns::default();
        let first = turns.clone().next().await;
        assert!(first.is_some());
        assert!(turns.next().await.is_none(), "somebody counts");
        let (mut waiting, second) = (JoinSet::new(), turns.clone());
        waiting.spawn(async move { second.next().await.is_some() });
        drop(first);
        assert_eq!(waiting.join_all().await, [true], "it is free again");
        let soon = timeout(Duration::from_millis(500), turns.next());
        assert!(soon.await.unwrap().is_some(), "and again");
    }
}
