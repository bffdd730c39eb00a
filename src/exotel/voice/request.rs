//! The call that is to be made, in the shape of the published sample.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};

use super::CustomField;
use crate::exotel::answer::{OutOfRange, Recording, WebUrl, bounded_seconds};
use crate::telephony::{ContactUri, PhoneNumber};

bounded_seconds!(
    /// How long a call may last in all: 1 to 14 400 s (O).
    TimeLimitSeconds, "the time limit of a call", 14_400
);

bounded_seconds!(
    /// How long each phone rings. The contract names no upper limit; it cannot be more than the longest call.
    AttemptSeconds, "the time of an attempt", 14_400
);

/// A call that is to be made: first our agent is rung, then the customer. Only what is set is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakeCall {
    /// Our agent, called first. Exotel's `from`.
    pub agent: ContactUri,
    /// Exotel marks the agent's number busy during the call, and refuses a call to a busy one.
    pub state_management: bool,
    /// The customer. Exotel's `to`.
    pub customer: PhoneNumber,
    /// The `ExoPhone` that both see.
    pub virtual_number: PhoneNumber,
    /// Whether and how the conversation is recorded; left out, Exotel decides.
    pub recording: Option<Recording>,
    /// How long the call may last.
    pub max_time_limit: Option<TimeLimitSeconds>,
    /// How long each of the two rings.
    pub attempt_time_out: Option<AttemptSeconds>,
    /// What comes back with every report.
    pub custom_field: Option<CustomField>,
    /// Where Exotel reports what becomes of the call.
    pub status_callback: Vec<CallbackRequest>,
}

/// A report that is asked for. `Debug` shows no address, for there is a key in it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CallbackRequest {
    /// When it is to be sent.
    pub event: CallbackEvent,
    /// Where to.
    pub url: WebUrl,
}

impl fmt::Debug for CallbackRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CallbackRequest")
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

/// What Exotel reports of a call that we started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CallbackEvent {
    /// The call is over, answered or not.
    Terminal,
    /// Somebody answered.
    Answered,
}

impl MakeCall {
    /// The body of the request.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// What of the body nobody but Exotel may see, should its answer quote the body: the keys in the addresses that it
    /// reports to, as they are written there and as they are meant.
    pub fn secrets(&self) -> Vec<String> {
        let queries = self.status_callback.iter();
        let queries = queries.filter_map(|callback| callback.url.as_str().split_once('?'));
        let mut secrets = BTreeSet::new();
        for (_, query) in queries {
            let written = query.split('&').filter_map(|pair| pair.split_once('='));
            let keys = written.filter(|(name, _)| *name == SECRET_PARAMETER);
            secrets.extend(keys.map(|(_, value)| value.to_owned()));
            let meant: Vec<(String, String)> =
                serde_urlencoded::from_str(query).unwrap_or_default();
            let keys = meant
                .into_iter()
                .filter(|(name, _)| name == SECRET_PARAMETER);
            secrets.extend(keys.map(|(_, value)| value));
        }
        secrets.into_iter().collect()
    }
}

/// The parameter of an address of ours that lets Exotel in.
const SECRET_PARAMETER: &str = "key";

/// The fields in the order of the sample.
#[derive(Serialize)]
struct Body<'call> {
    from: From<'call>,
    to: To,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording: Option<Recording>,
    virtual_number: PhoneNumber,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_time_limit: Option<TimeLimitSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt_time_out: Option<AttemptSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_field: Option<&'call CustomField>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    status_callback: &'call [CallbackRequest],
}

#[derive(Serialize)]
struct From<'call> {
    contact_uri: &'call ContactUri,
    state_management: bool,
}

#[derive(Serialize)]
struct To {
    contact_uri: PhoneNumber,
}

impl Serialize for MakeCall {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let body = Body {
            from: From {
                contact_uri: &self.agent,
                state_management: self.state_management,
            },
            to: To {
                contact_uri: self.customer,
            },
            recording: self.recording,
            virtual_number: self.virtual_number,
            max_time_limit: self.max_time_limit,
            attempt_time_out: self.attempt_time_out,
            custom_field: self.custom_field.as_ref(),
            status_callback: &self.status_callback,
        };
        body.serialize(serializer)
    }
}
