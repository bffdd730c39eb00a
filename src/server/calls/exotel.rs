//! A call as Exotel has it, kept for a moment: whoever looks at a page again does not ask Exotel again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::exotel::voice::{
    CallDetails, CallLegs, CallState, CallStatus, NumberText, VoiceLeg, fit_to_show,
};
use crate::outbound::Line;
use crate::presence::NoteStep;
use crate::routing::RoutingBook;
use crate::server::caller::Caller;
use crate::server::context::Context;
use crate::server::problem::ApiError;
use crate::telephony::{CallSid, duration};
use crate::voice::VoiceError;

/// How long what Exotel said is told again.
const KEPT: Duration = Duration::from_secs(15);

/// What Exotel says of a call, or why it says nothing.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum AtExotel {
    // First, for everything of the other may be absent.
    Unknown { error: String, detail: String },
    Known(Box<Details>),
}

impl AtExotel {
    /// A call that we started, and of which Exotel has said nothing.
    pub(super) fn unnamed() -> Self {
        Self::Unknown {
            error: "unnamed".to_owned(),
            detail: "Exotel has not said what it calls this call, or whether there is one"
                .to_owned(),
        }
    }

    fn failed(error: &VoiceError) -> Self {
        Self::Unknown {
            error: error.code().to_owned(),
            detail: error.to_string(),
        }
    }
}

/// Times have the offset of the account's zone.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CallAtExotel)]
pub(super) struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    virtual_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_duration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    talk_time: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    recordings: Vec<String>,
    /// The sides of the call; left out where Exotel does not tell this account.
    #[serde(skip_serializing_if = "Option::is_none")]
    legs: Option<Legs>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = LegsAtExotel)]
struct Legs {
    from: Vec<LegDetails>,
    to: Vec<LegDetails>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = LegAtExotel)]
struct LegDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
}

/// Asks Exotel, unless that was done a moment ago.
pub(super) async fn look_up(
    context: &Context,
    caller: &Caller,
    call: &CallSid,
) -> Result<AtExotel, ApiError> {
    let Some(line) = context.lines().of(&caller.account) else {
        return Ok(AtExotel::Unknown {
            error: "calls-not-configured".to_owned(),
            detail: "the account has no credentials at Exotel".to_owned(),
        });
    };
    let (store, account) = (context.store(), &caller.account);
    let name = format!("seen:{call}");
    if let Some(text) = store.note(account, &name, NoteStep::Read).await?
        && let Ok(kept) = serde_json::from_str(&text)
    {
        return Ok(kept);
    }
    let seen = ask(line, call, &caller.book).await;
    if let Ok(text) = serde_json::to_string(&seen) {
        let text = text.as_str();
        let step = NoteStep::Write { text, kept: KEPT };
        store.note(account, &name, step).await?;
    }
    Ok(seen)
}

async fn ask(line: &Line, call: &CallSid, book: &RoutingBook) -> AtExotel {
    let details = match line.client.call_details(call).await {
        Ok(details) => details,
        Err(error) => return AtExotel::failed(&error),
    };
    // Exotel tells the sides of a call to some accounts only.
    let legs = line.client.legs(call).await;
    let legs = legs
        .inspect_err(|error| tracing::debug!(%call, %error, "the sides of a call are not told"))
        .ok();
    AtExotel::Known(Box::new(read(&details, legs.as_ref(), book)))
}

fn read(details: &CallDetails, legs: Option<&CallLegs>, book: &RoutingBook) -> Details {
    let time = |time: Option<Timestamp>| time.map(|time| book.local_time(time));
    Details {
        state: word(details.state.as_ref().map(CallState::as_str)),
        status: word(details.status.as_ref().map(CallStatus::as_str)),
        direction: word(details.direction.as_deref()),
        virtual_number: details
            .virtual_number
            .as_ref()
            .map(|number| exophone(number, book)),
        started: time(details.started),
        ended: time(details.ended),
        total_duration: details.total_duration.map(duration::format),
        talk_time: details.talk_time.map(duration::format),
        recordings: details
            .recordings
            .iter()
            .map(|url| url.as_str().to_owned())
            .collect(),
        legs: legs.map(|legs| Legs {
            from: legs.from.iter().map(|leg| side(leg, book)).collect(),
            to: legs.to.iter().map(|leg| side(leg, book)).collect(),
        }),
    }
}

/// A word of an open set may be anything.
fn word(text: Option<&str>) -> Option<String> {
    text.map(fit_to_show)
}

/// Our own number, as Exotel writes it; what is no number may be anything.
fn exophone(number: &NumberText, book: &RoutingBook) -> String {
    match number.read(book.country()).number {
        Some(_) => number.as_str().to_owned(),
        None => fit_to_show(number.as_str()),
    }
}

/// One side; its number is shown as far as the account shows customers' numbers.
fn side(leg: &VoiceLeg, book: &RoutingBook) -> LegDetails {
    let is_masked = book.outbound().mask_numbers;
    let number = leg.contact_uri.as_ref().map(|number| {
        let read = number.read(book.country()).number;
        match (read, is_masked) {
            (Some(uri), true) => uri.masked().to_string(),
            (Some(uri), false) => uri.to_string(),
            (None, true) => "hidden".to_owned(),
            (None, false) => number.as_str().to_owned(),
        }
    });
    LegDetails {
        contact_uri: number,
        status: word(leg.status.as_deref()),
        started: leg.started.map(|time| book.local_time(time)),
        ended: leg.ended.map(|time| book.local_time(time)),
    }
}
