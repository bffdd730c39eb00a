//! The log as the document describes it: entries as they are written, with their place.

use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::routing::log::entry::LogEntry;
use crate::telephony::CallSid;

/// An entry as it is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = Entry)]
pub(in crate::server) struct Entry {
    /// Its place in the log; of an entry that stands with its call only, there is none.
    #[schema(pattern = "^[0-9]+-[0-9]+$", example = "1795411800000-1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(flatten)]
    entry: LogEntry,
}

/// Which entries are asked for: what [`Filter`](super::filter::Filter) reads.
#[expect(
    dead_code,
    reason = "only described: the filter reads the query itself, to name all that is wrong with it"
)]
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FilterParameters {
    /// Nothing older: a time in RFC 3339, one on the wall clocks of the account, or how long ago, such as `30m`.
    #[param(max_length = 256, example = "30m")]
    since: Option<String>,
    /// Nothing from this moment on, alike.
    #[param(max_length = 256, example = "0s")]
    until: Option<String>,
    /// How many at most; 50 without it.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u8>,
    /// Where the page before ended: its `next`.
    #[param(max_length = 256)]
    cursor: Option<String>,
    /// The rule that took the call.
    #[param(max_length = 256)]
    rule: Option<String>,
    /// A queue that was open to the call.
    #[param(max_length = 256, example = "sales")]
    queue: Option<String>,
    /// An agent whose phone was rung.
    #[param(max_length = 256, example = "asha")]
    agent: Option<String>,
    /// `offered`, `nobody`, `replayed`, `fallback` or one with its reason such as `fallback-deadline`, `started`, `not_started`.
    #[param(max_length = 256, example = "offered")]
    outcome: Option<String>,
    /// The call, by any of its names.
    call: Option<CallSid>,
    /// Who called; where numbers are masked, all callers with the same mask are found. `hidden` for hidden numbers.
    #[param(max_length = 256, example = "09812345678")]
    caller: Option<String>,
    /// With it each open queue says in `passed_over` how many of its agents were not rung, by why.
    passed_over: Option<bool>,
}

/// From when on the decisions are told.
#[expect(
    dead_code,
    reason = "only described: the reader names what is wrong with the query"
)]
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SinceParameter {
    /// First what was decided since: a time, or how long ago, such as `30m`.
    #[param(max_length = 128, example = "30m")]
    since: Option<String>,
}
