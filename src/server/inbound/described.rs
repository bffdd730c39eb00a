//! Exotel's requests as the document describes them. Any parameter may be missing and others may come: nothing of it is
//! ever refused, and what is named here is what is looked at.

use serde::Serialize;
use utoipa::{IntoParams, IntoResponses, ToSchema};

use crate::exotel::answer::{CcmAnswer, GenericAnswer};

/// The answer, in the wording of the applet that asks.
#[expect(
    dead_code,
    reason = "only described: the answer is kept as text, so that the same bytes can be given again"
)]
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ConnectAnswer)]
pub(in crate::server) enum Answer {
    Ccm(CcmAnswer<'static>),
    Generic(GenericAnswer<'static>),
}

/// What a fetch says of its call.
#[expect(
    dead_code,
    reason = "only described: a request of Exotel is read whatever it looks like"
)]
#[derive(IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[expect(non_snake_case, reason = "these are Exotel's names")]
pub(in crate::server) struct FetchParameters {
    /// The call's identity.
    #[schema(example = "07a971107d0f3ee459a21b90c0d616ba")]
    #[param(example = "07a971107d0f3ee459a21b90c0d616ba")]
    CallSid: Option<String>,
    /// Who calls, in any of the forms that Exotel has.
    #[schema(example = "08516043026")]
    #[param(example = "08516043026")]
    From: Option<String>,
    /// The `ExoPhone` that is called.
    #[schema(example = "01135124157")]
    #[param(example = "01135124157")]
    To: Option<String>,
    /// `incoming` or `outbound-dial`.
    Direction: Option<String>,
    /// What the caller keyed, in double quotes.
    digits: Option<String>,
    /// The text of a call begun by the API.
    CustomField: Option<String>,
    /// Who was dialled last; empty at the first fetch.
    DialWhomNumber: Option<String>,
    /// How that ended, after an attempt.
    DialCallStatus: Option<String>,
    /// Seconds of the dial before, ringing included.
    DialCallDuration: Option<String>,
}

/// What is reported of a leg, or of the end of a dial.
#[expect(
    dead_code,
    reason = "only described: a report of Exotel's is read whatever it looks like"
)]
#[derive(IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[expect(non_snake_case, reason = "these are Exotel's names")]
pub(in crate::server) struct ReportParameters {
    /// The call's identity.
    #[schema(example = "07a971107d0f3ee459a21b90c0d616ba")]
    #[param(example = "07a971107d0f3ee459a21b90c0d616ba")]
    CallSid: Option<String>,
    /// `Dial`, `Ringing`, `Answered` or `Terminal`; the end of a dial has none.
    #[schema(example = "Dial")]
    #[param(example = "Dial")]
    EventType: Option<String>,
    /// Whom it is about.
    #[schema(example = "+919812345001")]
    #[param(example = "+919812345001")]
    DialWhomNumber: Option<String>,
    /// `busy` or `free`.
    Status: Option<String>,
    /// Seconds.
    RingDuration: Option<String>,
    /// At the end of a dial: how it ended.
    DialCallStatus: Option<String>,
}

/// How whoever is not Exotel is answered, with no body.
#[expect(dead_code, reason = "only described: the door refuses")]
#[derive(IntoResponses)]
pub(in crate::server) enum Unheard {
    /// The key is missing or wrong, the account does not exist, or it may not be asked from this network
    #[response(status = 403)]
    Forbidden,
    /// The address was wrong too often
    #[response(status = 429)]
    TooManyAttempts,
}

/// What cannot be read, with no body in the answer.
#[expect(dead_code, reason = "only described: the door refuses")]
#[derive(IntoResponses)]
pub(in crate::server) enum Unread {
    /// The query cannot be decoded, or has too many parameters
    #[response(status = 400)]
    UnreadableQuery,
    /// The body is longer than is read
    #[response(status = 413)]
    BodyTooLong,
    /// The query is longer than is read
    #[response(status = 414)]
    QueryTooLong,
    /// The account's rules have this status in the place of a fallback answer
    #[response(status = 503)]
    Fallback,
}
