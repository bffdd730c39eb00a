//! What Exotel reports of a call that we started, in the words of the store.
//!
//! `from` is always our agent and is rung first (O), so what is reported of the customer's leg says that the agent had
//! answered. `answered` does not say who picked up (O); it may come when the agent does, before the customer is even rung.
//! So it says that the agent is in the call, and no more: whether the two talked, and how long, the end says.

use std::time::Duration;

use super::naming::{alias, is_ours, keep_names};
use crate::exotel::voice::{CallDetails, CallStatus, Happened, StatusCallback};
use crate::presence::{
    CallHistory, DialEnd, DialOutcome, LegEvent, News, NoteStep, Report, Store, StoreError,
};
use crate::telephony::{AccountName, CallSid, ContactUri};

/// Takes in what Exotel reports; `false` when it says nothing new, or of no call that we know. `id` is our name of the call,
/// which we gave Exotel along.
pub async fn hear(
    store: &dyn Store,
    account: &AccountName,
    id: Option<&CallSid>,
    callback: &StatusCallback,
    utc_offset_seconds: i32,
) -> Result<bool, StoreError> {
    let Some(id) = our_name(store, account, id.or(callback.details.call.as_ref())).await? else {
        return Ok(false);
    };
    let history = store.call(account, &id).await?;
    let Some(agent) = history.as_ref().and_then(agent_of) else {
        return Ok(false);
    };
    let is_news = match report_of(account, &id, agent, callback, utc_offset_seconds) {
        Some(report) => store.report(&report).await?,
        None => false,
    };
    // After the report: what it changes must not wait for names, nor get lost with them.
    if let Some(call) = &callback.details.call
        && let Err(error) = keep_names(store, account, &id, call).await
    {
        tracing::debug!(%account, %id, %error, "Exotel's name of a call is not kept");
    }
    Ok(is_news)
}

/// Our name of a call that either of us named; `None` for a call that we did not start, or long ago.
pub async fn our_name(
    store: &dyn Store,
    account: &AccountName,
    call: Option<&CallSid>,
) -> Result<Option<CallSid>, StoreError> {
    let Some(call) = call else { return Ok(None) };
    if is_ours(call) {
        return Ok(Some(call.clone()));
    }
    let name = store.note(account, &alias(call), NoteStep::Read).await?;
    Ok(name.and_then(|name| CallSid::parse(&name).ok()))
}

/// Where the agent of a call that we started was rung.
pub(super) fn agent_of(history: &CallHistory) -> Option<&ContactUri> {
    let answer = history.answers.last()?;
    Some(&answer.destinations.first()?.uri)
}

/// The report for the store; `None` when nothing can be learnt from it. `call` is our name of the call, `agent` where the
/// agent was rung.
fn report_of(
    account: &AccountName,
    call: &CallSid,
    agent: &ContactUri,
    callback: &StatusCallback,
    utc_offset_seconds: i32,
) -> Option<Report> {
    let news = match callback.happened()? {
        Happened::Answered => News::Leg {
            who: agent.clone(),
            event: LegEvent::Answered,
            rang: None,
        },
        Happened::Over => News::End(end_of(agent, &callback.details)),
    };
    Some(Report {
        account: account.clone(),
        call: call.clone(),
        news,
        utc_offset_seconds,
    })
}

/// How the call ended for the agent: whether the two talked, by its status and by how long they did.
pub(super) fn end_of(agent: &ContactUri, details: &CallDetails) -> DialEnd {
    let outcome = match &details.status {
        Some(CallStatus::Completed) if details.talk_time == Some(Duration::ZERO) => {
            DialOutcome::Cancelled
        }
        Some(CallStatus::Completed) => DialOutcome::Answered,
        Some(CallStatus::FromLegUnanswered) => DialOutcome::NoAnswer,
        Some(CallStatus::FromLegNoDial) => DialOutcome::Failed,
        // The agent was there and talked to nobody: free at once.
        Some(
            CallStatus::ToLegUnanswered | CallStatus::ToLegNoDial | CallStatus::FromLegCancelled,
        ) => DialOutcome::Cancelled,
        Some(CallStatus::Other(_)) | None if details.talk_time > Some(Duration::ZERO) => {
            DialOutcome::Answered
        }
        Some(CallStatus::Other(_)) | None => DialOutcome::Unknown,
    };
    let talked = details.talk_time.map(|talked| (agent.clone(), talked));
    DialEnd {
        outcome,
        who: Some(agent.clone()),
        talks: talked.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Some("completed"), Some(60), DialOutcome::Answered)]
    #[case(Some("completed"), None, DialOutcome::Answered)]
    #[case(Some("completed"), Some(0), DialOutcome::Cancelled)]
    #[case(Some("from_leg_unanswered"), Some(0), DialOutcome::NoAnswer)]
    #[case(Some("from_leg_no_dial"), None, DialOutcome::Failed)]
    #[case(Some("from_leg_cancelled"), Some(0), DialOutcome::Cancelled)]
    #[case(Some("to_leg_unanswered"), Some(0), DialOutcome::Cancelled)]
    #[case(Some("to_leg_no_dial"), None, DialOutcome::Cancelled)]
    #[case(Some("something_new"), Some(60), DialOutcome::Answered)]
    #[case(Some("something_new"), Some(0), DialOutcome::Unknown)]
    #[case(None, None, DialOutcome::Unknown)]
    fn status_and_talk_time_say_whether_the_two_talked(
        #[case] status: Option<&str>,
        #[case] talk: Option<u64>,
        #[case] expected: DialOutcome,
    ) {
        let agent = ContactUri::from_canonical("sip:asha").unwrap();
        let details = CallDetails {
            status: status.map(CallStatus::read),
            talk_time: talk.map(Duration::from_secs),
            ..CallDetails::default()
        };
        let end = end_of(&agent, &details);
        assert_eq!(end.outcome, expected);
        let talked = talk.map(|talk| (agent.clone(), Duration::from_secs(talk)));
        assert_eq!(end.talks, talked.into_iter().collect::<Vec<_>>());
    }
}
