//! Calls that hold an agent for long and of which nothing is heard: Exotel is asked whether they still go on.
//!
//! Reports get lost. A lease ends by itself all the same, but that of a conversation is as long as a conversation may be; a
//! look at Exotel frees the agent sooner. All instances together look at a call once in a while, within the account's
//! requests a minute.

use std::sync::Arc;
use std::time::Duration;

use super::callback::end_of;
use super::line::{Line, Lines};
use super::naming::{is_ours, name_at_exotel};
use crate::exotel::voice::{CallDetails, CallState, CallStatus};
use crate::presence::store::View;
use crate::presence::{
    Agent, AgentState, CallHistory, DialEnd, DialOutcome, Leg, News, NoteStep, PastDestination,
    Report, Store, StoreError,
};
use crate::routing::RouterShared;
use crate::telephony::{AccountName, AgentId, CallSid, ContactUri};
use crate::voice::VoiceError;

/// How often it is looked which calls have gone quiet.
const EVERY: Duration = Duration::from_secs(15);

/// So many calls are looked up in a round: people who look at calls need some of the account's requests too. Those for
/// making calls are kept apart.
const MOST: usize = 20;

/// Looks after the calls of all accounts that have a line; never returns, so its task is aborted by its owner.
pub async fn keep_reconciled(shared: Arc<RouterShared>, store: Arc<dyn Store>, lines: Arc<Lines>) {
    loop {
        tokio::time::sleep(EVERY).await;
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
            Ok(Some(details)) if is_surely_over(&details) => {
                if tell(store, account, view, agent, call, &details).await? {
                    ended = ended.saturating_add(1);
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%account, %call, %error, "a quiet call cannot be looked up");
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

/// Exotel's words are an open set: only what surely means an end ends a conversation.
fn is_surely_over(details: &CallDetails) -> bool {
    details.state == Some(CallState::Terminal) || details.ended.is_some()
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
    let before = store.note(account, &format!("looked:{call}"), step).await?;
    Ok(before.is_none())
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
    Ok(line.client.call_details(&name).await.map(Some))
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
    let Some(uri) = history.as_ref().and_then(|history| dialled(history, agent)) else {
        return Ok(false);
    };
    let end = if is_ours(call) {
        end_of(uri, details)
    } else {
        let took_it = history.as_ref().is_some_and(|history| took(history, uri));
        end_of_incoming(uri, details, took_it)
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
fn dialled<'a>(history: &'a CallHistory, agent: &AgentId) -> Option<&'a ContactUri> {
    let destinations = history
        .answers
        .iter()
        .rev()
        .flat_map(|answer| &answer.destinations);
    let mut own = destinations.filter(|to| to.agent.as_ref() == Some(agent));
    own.next().map(|to| &to.uri)
}

/// Was it surely this phone that was picked up: the only one of the call, or one that was reported to be answered?
fn took(history: &CallHistory, uri: &ContactUri) -> bool {
    let mut all = history
        .answers
        .iter()
        .flat_map(|answer| &answer.destinations);
    let is_answered = |to: &PastDestination| to.uri == *uri && matches!(to.leg, Leg::Answered(_));
    all.clone().count() == 1 || all.any(is_answered)
}

/// Of a call that came in the words are about the caller's side: only that both talked is known of the agent.
fn end_of_incoming(agent: &ContactUri, details: &CallDetails, took_it: bool) -> DialEnd {
    if !took_it || details.status != Some(CallStatus::Completed) {
        return DialEnd::UNKNOWN;
    }
    let talked = details.talk_time.map(|talked| (agent.clone(), talked));
    DialEnd {
        outcome: DialOutcome::Answered,
        who: Some(agent.clone()),
        talks: talked.into_iter().collect(),
    }
}
