//! Calls that hold an agent for long and of which nothing is heard: Exotel is asked whether they still go on.
//!
//! Reports get lost. A lease ends by itself all the same, but that of a conversation is as long as a conversation may be; a
//! look at Exotel frees the agent sooner. All instances together look at a call once in a while, and with at most half of the
//! account's requests a minute.

use std::sync::Arc;
use std::time::Duration;

use super::callback::end_of;
use super::line::{Line, Lines};
use super::naming::{is_ours, name_at_exotel};
use crate::exotel::voice::{CallDetails, CallStatus};
use crate::presence::store::View;
use crate::presence::{
    Agent, AgentState, CallHistory, DialEnd, DialOutcome, Leg, News, NoteStep, PastDestination,
    Report, Store, StoreError,
};
use crate::routing::RouterShared;
use crate::telephony::{AccountName, AgentId, CallSid};
use crate::voice::VoiceError;

/// How often it is looked which calls have gone quiet, at least.
const EVERY: Duration = Duration::from_secs(15);

/// So often within the shortest time after which a call counts as quiet.
const LOOKS: u32 = 4;

/// So many calls are looked up in a round, so that it has an end, and other accounts have their turn. How many all instances
/// look up together is for the quota to say ([`Effect::Checks`](crate::voice::Effect)).
const MOST: usize = 20;

/// Looks after the calls of all accounts that have a line; never returns, so its task is aborted by its owner.
pub async fn keep_reconciled(shared: Arc<RouterShared>, store: Arc<dyn Store>, lines: Arc<Lines>) {
    let patience = lines
        .iter()
        .filter_map(|(_, line)| line.quiet_after.checked_div(LOOKS));
    let every = patience.min().unwrap_or(EVERY).min(EVERY);
    loop {
        tokio::time::sleep(every).await;
        for (account, line) in lines.iter() {
            let view = shared.books.of(account).view(shared.clock.now());
            match round(&*store, account, line, view).await {
                Ok(0) => {}
                Ok(ended) => {
                    tracing::info!(%account, ended, "calls are over of which nothing was heard");
                }
                Err(error) => tracing::debug!(%account, %error, "quiet calls are not looked up"),
            }
        }
    }
}

/// Looks up the quiet calls of one account once. Says how many were over.
pub async fn round(
    store: &dyn Store,
    account: &AccountName,
    line: &Line,
    view: View,
) -> Result<usize, StoreError> {
    let agents = store.agents(account, view).await?;
    let quiet = agents
        .iter()
        .filter_map(|agent| quiet(agent, line.quiet_after));
    let mut ended = 0_usize;
    let mut looked_up = 0_usize;
    for (agent, call) in quiet {
        if looked_up >= MOST {
            break;
        }
        if !is_my_turn(store, account, call, line.quiet_after).await? {
            continue;
        }
        looked_up = looked_up.saturating_add(1);
        match look_up(store, account, line, call).await? {
            Ok(Some(details)) if details.is_over() => {
                if tell(store, account, view, agent, call, &details).await? {
                    ended = ended.saturating_add(1);
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%account, %call, %error, "a quiet call cannot be looked up");
                if matches!(error, VoiceError::NotTaken(_)) {
                    leave_turn(store, account, call).await?;
                }
                if !is_of_this_call(&error) {
                    break;
                }
            }
        }
    }
    Ok(ended)
}

/// Is it this call alone that cannot be looked up, so that the others are worth a try?
fn is_of_this_call(error: &VoiceError) -> bool {
    matches!(
        error,
        VoiceError::Refused { .. } | VoiceError::Unwritable(_)
    )
}

/// The call that has held an agent for long without a word.
fn quiet(agent: &Agent, quiet_after: Duration) -> Option<(&AgentId, &CallSid)> {
    let is_busy = matches!(agent.state, AgentState::Ringing | AgentState::InCall);
    let since = agent.state_since.filter(|_| is_busy)?;
    let call = agent.call.as_ref()?;
    (agent.at.since(since) >= quiet_after).then_some((&agent.profile.id, call))
}

/// Of all instances, one looks a call up, and then not again for a while.
async fn is_my_turn(
    store: &dyn Store,
    account: &AccountName,
    call: &CallSid,
    quiet_after: Duration,
) -> Result<bool, StoreError> {
    let step = NoteStep::Claim {
        text: "1",
        kept: quiet_after,
    };
    let before = store.note(account, &turn(call), step).await?;
    Ok(before.is_none())
}

/// Exotel was not asked: the call is looked at in the next round, by whoever has room.
async fn leave_turn(
    store: &dyn Store,
    account: &AccountName,
    call: &CallSid,
) -> Result<(), StoreError> {
    let step = NoteStep::Remove;
    store.note(account, &turn(call), step).await.map(drop)
}

fn turn(call: &CallSid) -> String {
    format!("looked:{call}")
}

/// What Exotel says of it; `None` of a call that we started and Exotel gave no name.
async fn look_up(
    store: &dyn Store,
    account: &AccountName,
    line: &Line,
    call: &CallSid,
) -> Result<Result<Option<CallDetails>, VoiceError>, StoreError> {
    let name = if is_ours(call) {
        let name = name_at_exotel(call);
        let name = store.note(account, &name, NoteStep::Read).await?;
        name.and_then(|name| CallSid::parse(&name).ok())
    } else {
        Some(call.clone())
    };
    let Some(name) = name else {
        return Ok(Ok(None));
    };
    Ok(line.client.check(&name).await.map(Some))
}

/// The store hears that the call is over for the agent.
async fn tell(
    store: &dyn Store,
    account: &AccountName,
    view: View,
    agent: &AgentId,
    call: &CallSid,
    details: &CallDetails,
) -> Result<bool, StoreError> {
    let history = store.call(account, call).await?;
    let Some(history) = history else {
        return Ok(false);
    };
    let Some(to) = dialled(&history, agent) else {
        return Ok(false);
    };
    let end = if is_ours(call) {
        end_of(&to.uri, details)
    } else {
        end_of_incoming(to, details, is_alone(&history))
    };
    let report = Report {
        account: account.clone(),
        call: call.clone(),
        news: News::End(end),
        utc_offset_seconds: view.utc_offset_seconds,
    };
    store.report(&report).await
}

/// Where an agent was rung last for a call.
fn dialled<'a>(history: &'a CallHistory, agent: &AgentId) -> Option<&'a PastDestination> {
    let destinations = history
        .answers
        .iter()
        .rev()
        .flat_map(|answer| &answer.destinations);
    let mut own = destinations.filter(|to| to.agent.as_ref() == Some(agent));
    own.next()
}

/// Was one phone named in all answers to the call, and no other?
fn is_alone(history: &CallHistory) -> bool {
    let answers = history.answers.iter();
    answers.flat_map(|answer| &answer.destinations).count() == 1
}

/// Of a call that came in the words are about the caller's side: only that both talked is known of the agent, and only where
/// it was surely this phone that was picked up, the only one of the call or one that was reported to be answered. `completed`
/// also is a call that went on to voicemail when that only phone rang out: then the agent counts as one who has talked. Without
/// any report of the phone the two cannot be told apart.
fn end_of_incoming(to: &PastDestination, details: &CallDetails, is_alone: bool) -> DialEnd {
    let answered = match to.leg {
        Leg::Answered(since) => Some(since),
        Leg::Offered | Leg::Ringing(_) | Leg::Over(_) => None,
    };
    let is_completed = details.status == Some(CallStatus::Completed);
    if answered.is_none() && !(is_alone && is_completed) {
        return DialEnd::UNKNOWN;
    }
    let until_the_end = || Some(details.ended?.since(answered?));
    // Nothing was heard for long, so the time until now would be far too much. None at all would count as not said.
    let talked = details.talk_time.or_else(until_the_end);
    let talked = talked.map(|talked| (to.uri.clone(), talked.max(Duration::from_millis(1))));
    DialEnd {
        outcome: DialOutcome::Answered,
        who: Some(to.uri.clone()),
        talks: talked.into_iter().collect(),
    }
}
