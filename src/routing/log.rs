//! What is written down of decisions and calls: pure, and far from the answer, which is given before anything here begins.
//!
//! Reading order: [`told`] (what is handed over when something has happened), [`entry`] (what is written, in the names that
//! programs read), `decision`, `fate` and `report` (from the one to the other).
//!
//! Numbers are masked as in the log lines, unless the operator wants callers in full ([`Numbers`]).

use crate::presence::{LogPlace, NewEntry, Worth};
use crate::telephony::PhoneNumber;

mod decision;
pub mod entry;
pub(in crate::routing) mod fate;
mod report;
#[cfg(test)]
mod tests;
pub mod told;

pub use entry::LogEntry;
pub use told::{ClickTold, FetchTold, ReportTold, Told};

/// How much of callers' numbers is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Not the middle of them.
    Masked,
    /// Everything, so that calls can be decided again by other lists of callers.
    Full,
}

impl Told {
    /// The entry for the log.
    pub fn entry(&self, numbers: Numbers) -> NewEntry {
        match self {
            Self::Fetch(told) => decision::entry(told, numbers),
            Self::Report(told) => report::entry(told),
            Self::Click(told) => NewEntry {
                place: LogPlace::Log,
                worth: Worth::Decision,
                call: told.call.clone(),
                at: told.at,
                customer: None,
                text: text(&LogEntry::Click(told.entry.clone())),
            },
        }
    }
}

/// The entry as it is written. Plain fields with text keys: that cannot fail.
fn text(entry: &LogEntry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

/// The customer whose number stands in the text in full.
fn named(customer: Option<PhoneNumber>, numbers: Numbers) -> Option<PhoneNumber> {
    customer.filter(|_| numbers == Numbers::Full)
}
