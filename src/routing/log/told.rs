//! What is handed over when something has happened, with everything that is needed to write it down later.

use std::sync::Arc;
use std::time::Duration;

use super::entry::ClickEntry;
use crate::clock::Timestamp;
use crate::exotel::{CallReport, ConnectRequest, Dialect};
use crate::presence::Heard;
use crate::routing::book::RoutingBook;
use crate::routing::decision::Decision;
use crate::telephony::{AccountName, CallSid};

/// Something that has happened in an account.
#[derive(Debug)]
pub enum Told {
    /// A fetch was answered.
    Fetch(Box<FetchTold>),
    /// Exotel has reported of a call.
    Report(Box<ReportTold>),
    /// Somebody wanted a call to be started.
    Click(Box<ClickTold>),
}

impl Told {
    /// Whose it is.
    pub fn account(&self) -> &AccountName {
        match self {
            Self::Fetch(told) => &told.account,
            Self::Report(told) => &told.account,
            Self::Click(told) => &told.account,
        }
    }
}

/// A fetch that was answered.
#[derive(Debug)]
pub struct FetchTold {
    /// Whose.
    pub account: AccountName,
    /// The rules that it was answered by.
    pub book: Arc<RoutingBook>,
    /// When, by this process's clock.
    pub now: Timestamp,
    /// What was asked.
    pub request: ConnectRequest,
    /// By which applet.
    pub dialect: Dialect,
    /// What came of it; the reply is gone.
    pub decision: Decision,
    /// The status of the answer.
    pub status: u16,
    /// From the request's arrival to the answer.
    pub took: Duration,
}

/// What Exotel has reported of a call.
#[derive(Debug)]
pub struct ReportTold {
    /// Whose.
    pub account: AccountName,
    /// The rules, for the time of day.
    pub book: Arc<RoutingBook>,
    /// When it came, by this process's clock.
    pub now: Timestamp,
    /// What it says.
    pub report: Reported,
    /// What the store says of it; `None` when it could not be told.
    pub heard: Option<Heard>,
}

/// What a report says, by where it came from.
#[derive(Debug)]
pub enum Reported {
    /// Of a call that comes in.
    Event(CallReport),
    /// Of a call that we started.
    Callback {
        /// The call, by our name if that was given along.
        call: Option<CallSid>,
        /// Exotel's word for what happened, if it is known.
        event: Option<&'static str>,
        /// Exotel's word for how the call is, if it is known.
        status: Option<&'static str>,
        /// How long the two talked.
        talked: Option<Duration>,
    },
}

/// A call that somebody wanted to be started.
#[derive(Debug)]
pub struct ClickTold {
    /// Whose.
    pub account: AccountName,
    /// Our name of it, if there is one.
    pub call: Option<CallSid>,
    /// When, by this process's clock.
    pub at: Timestamp,
    /// What came of it.
    pub entry: ClickEntry,
}
