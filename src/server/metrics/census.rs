//! The census: every account's agents, counted in the background, never while somebody waits.
//!
//! Counting reads all agents of an account, page by page, so all instances together do it once in an interval: whoever
//! claims the turn counts, and the others read what came of it. A census that takes long is taken more seldom.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::Tallies;
use super::agents::Census;
use crate::clock::Timestamp;
use crate::presence::store::View;
use crate::presence::{NoteStep, Store, StoreError};
use crate::routing::RouterShared;
use crate::telephony::AccountName;

/// Whose turn it is.
const TURN: &str = "census-turn";
/// What the latest census found.
const FOUND: &str = "census";
/// How long what was found is kept: after a time without a census, the next one goes on from there.
const KEPT: Duration = Duration::from_hours(24);
/// A round rests so many times as long as it took.
const REST: u32 = 10;

/// Takes the census of all accounts at this interval; never returns, so its task is aborted by its owner.
pub(in crate::server) async fn keep_counted(
    shared: Arc<RouterShared>,
    store: Arc<dyn Store>,
    tallies: Arc<Tallies>,
    interval: Duration,
) {
    loop {
        let began = Instant::now();
        // Nobody asks a store that is known to be down, but what it said before is not the case any more.
        let is_down = shared.breaker.is_open();
        for account in tallies.accounts() {
            let view = shared.books.of(account).view(shared.clock.now());
            if is_down {
                tallies.agents.show(account, None);
                continue;
            }
            let round = round(&*store, &tallies, account, view, interval);
            let census = match timeout(interval, round).await {
                Ok(Ok(census)) => census,
                Ok(Err(error)) => {
                    tracing::debug!(%account, code = error.code(), "the agents are not counted");
                    None
                }
                Err(_elapsed) => {
                    tracing::debug!(%account, code = "timeout", "the agents are not counted");
                    None
                }
            };
            tallies.agents.show(account, census);
        }
        let rest = began.elapsed().saturating_mul(REST);
        tokio::time::sleep(interval.max(rest)).await;
    }
}

/// One account's census: taken now if it is this instance's turn, else what another found.
async fn round(
    store: &dyn Store,
    tallies: &Tallies,
    account: &AccountName,
    view: View,
    interval: Duration,
) -> Result<Option<Census>, StoreError> {
    // A little less than the interval, or a turn that is claimed a moment early would be lost.
    let turn = NoteStep::Claim {
        text: "1",
        kept: interval.mul_f32(0.9),
    };
    let is_mine = store.note(account, TURN, turn).await?.is_none();
    let found = store.note(account, FOUND, NoteStep::Read).await?;
    let found: Option<Census> = found.and_then(|text| serde_json::from_str(&text).ok());
    if !is_mine {
        return Ok(found);
    }
    let snapshot = store.snapshot(account).await?;
    if let Some(before) = found {
        let before = Timestamp::from_millis(before.at);
        tallies.agents.count_lapsed(account, &snapshot, before);
    }
    let census = Census::of(&snapshot, view);
    let text = serde_json::to_string(&census).unwrap_or_default();
    let step = NoteStep::Write {
        text: &text,
        kept: KEPT,
    };
    store.note(account, FOUND, step).await?;
    Ok(Some(census))
}
