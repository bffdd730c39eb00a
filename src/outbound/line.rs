//! The way to Exotel of each account that has one.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::exotel::answer::WebUrl;
use crate::exotel::voice::{CallbackEvent, CallbackRequest};
use crate::telephony::{AccountName, CallSid};
use crate::voice::VoiceClient;

/// What an account needs for calls of its own. `Debug` does not show the key.
#[derive(Clone)]
pub struct Line {
    /// Asks Exotel.
    pub client: VoiceClient,
    /// Where Exotel reports such calls, with the account's key; `None` when the service does not know its own address.
    pub callback_url: Option<WebUrl>,
    /// Time for the network around ringing, the question to Exotel included.
    pub margin: Duration,
    /// After so long without a word of a call that holds an agent, Exotel is asked about it.
    pub quiet_after: Duration,
}

impl fmt::Debug for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Line")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// The lines of all accounts that have one.
#[derive(Clone, Debug, Default)]
pub struct Lines(BTreeMap<AccountName, Line>);

impl Lines {
    /// These accounts can start calls.
    pub fn new(lines: BTreeMap<AccountName, Line>) -> Self {
        Self(lines)
    }

    /// The account's line, if it has one.
    pub fn of(&self, account: &AccountName) -> Option<&Line> {
        self.0.get(account)
    }

    /// Can no account start calls?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&AccountName, &Line)> {
        self.0.iter()
    }
}

/// What the store may add to the time in which a call is made, and clocks of instances to their difference.
const STORE_AND_CLOCKS: Duration = Duration::from_secs(30);

impl Line {
    /// How long an instance that is alive can be at work on one call that is to be made.
    pub(super) fn work_lasts(&self) -> Duration {
        self.margin.saturating_add(STORE_AND_CLOCKS)
    }

    /// The reports that are asked for, each of which says by itself which call it is about: they may come before Exotel has
    /// said what it calls the call.
    pub(super) fn callbacks(&self, call: &CallSid) -> Vec<CallbackRequest> {
        let Some(url) = &self.callback_url else {
            return Vec::new();
        };
        let url = WebUrl::parse(&format!("{}&call={call}", url.as_str()));
        let events = [CallbackEvent::Answered, CallbackEvent::Terminal];
        let requests = events.into_iter().filter_map(|event| {
            let url = url.as_ref().ok()?.clone();
            Some(CallbackRequest { event, url })
        });
        requests.collect()
    }
}
