//! The envelope of an answer: whether it is a success, whatever HTTP says, and what is in it.

use thiserror::Error;

use super::fields::Fields;
use super::{CallDetails, CallLegs, CallPage, Reason, Refusal};

/// Why an answer does not hold what was asked for.
#[derive(Debug, Error)]
pub enum Rejected {
    /// Exotel says no.
    #[error("{0}")]
    Refused(Refusal),
    /// It says neither yes nor no.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// Why a body says nothing. The body itself is not repeated: it may hold anything.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// HTML, for example.
    #[error("the body is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but a list or a single value.
    #[error("the body is JSON, but no object")]
    NotAnObject,
    /// It calls itself a success, and has not what a success has.
    #[error("the body is a success without {0}")]
    Lacks(&'static str),
}

/// Reads the answer to a call that was to be made, or that was looked up. `status` is that of HTTP.
pub fn read_call(status: u16, body: &[u8]) -> Result<CallDetails, Rejected> {
    let mut answer = success(status, body)?;
    let details = answer.object("call_details").map(CallDetails::read);
    let details = details.ok_or(Unreadable::Lacks("call_details"))?;
    if details.call.is_none() {
        return Err(Unreadable::Lacks("call_details.sid").into());
    }
    Ok(details)
}

/// Reads the legs of a call.
pub fn read_legs(status: u16, body: &[u8]) -> Result<CallLegs, Rejected> {
    let legs = success(status, body)?.object("leg_details");
    let legs = legs.ok_or(Unreadable::Lacks("leg_details"))?;
    Ok(CallLegs::read(legs))
}

/// Reads a page of the list of calls, which has no envelope.
pub fn read_calls(status: u16, body: &[u8]) -> Result<CallPage, Rejected> {
    let page = CallPage::read(success(status, body)?);
    Ok(page.ok_or(Unreadable::Lacks("Calls"))?)
}

/// The fields of a body that is an object.
pub(super) fn object(body: &[u8]) -> Result<Fields, Unreadable> {
    let value = serde_json::from_slice(body).map_err(Unreadable::NotJson)?;
    Fields::of(value).ok_or(Unreadable::NotAnObject)
}

/// What is in the envelope of a success: `response`, or the object itself where there is none.
fn success(status: u16, body: &[u8]) -> Result<Fields, Rejected> {
    let mut root = match object(body) {
        Ok(root) => root,
        Err(unreadable) => return Err(unreadable_with(status, unreadable)),
    };
    let request_id = root.text("request_id");
    let http_code = root.integer("http_code");
    let mut answer = root.object("response").unwrap_or(root);
    let verdict = Verdict {
        http_code,
        code: answer.integer("code"),
        word: answer.text("status"),
        error: ["error_data", "RestException"]
            .iter()
            .find_map(|name| answer.object(name)),
    };
    if verdict.is_success(status) {
        Ok(answer)
    } else {
        Err(Rejected::Refused(
            verdict.refusal(status, request_id, answer),
        ))
    }
}

/// Some refusals need no body: whatever stands before Exotel may say these two.
fn unreadable_with(status: u16, unreadable: Unreadable) -> Rejected {
    if !matches!(status, 401 | 429) {
        return Rejected::Unreadable(unreadable);
    }
    Rejected::Refused(Refusal {
        reason: Reason::of(None, status),
        status,
        code: None,
        message: None,
        request_id: None,
        call: None,
    })
}

/// All that says whether it is a success.
struct Verdict {
    http_code: Option<u16>,
    code: Option<u16>,
    word: Option<String>,
    error: Option<Fields>,
}

impl Verdict {
    /// The body decides: HTTP 200 does not yet mean that a call was placed (O), so whatever in it says no means no.
    fn is_success(&self, status: u16) -> bool {
        let numbers = [self.http_code, self.code];
        let mut numbers = numbers.into_iter().flatten().peekable();
        if numbers.peek().is_none() && self.word.is_none() {
            return is_fine(status) && self.error.is_none();
        }
        let word = self.word.as_deref().unwrap_or_default();
        let says_success = word.eq_ignore_ascii_case("success");
        // A word that nobody knows is no refusal: there may be a call, and then its details are there too.
        let says_no = ["failure", "failed", "fail", "error"]
            .iter()
            .any(|no| word.eq_ignore_ascii_case(no));
        numbers.all(is_fine) && (says_success || (!says_no && self.error.is_none()))
    }

    fn refusal(self, http_status: u16, request_id: Option<String>, mut answer: Fields) -> Refusal {
        let numbers = [self.http_code, self.code];
        let own = numbers.into_iter().flatten();
        let (mut code, mut said) = (None, Vec::new());
        let mut status = own
            .clone()
            .find(|number| !is_fine(*number))
            .or(own.last())
            .unwrap_or(http_status);
        if let Some(mut error) = self.error {
            code = error.integer("code").or_else(|| error.integer("Code"));
            status = error.integer("Status").unwrap_or(status);
            for name in ["message", "Message", "description"] {
                said.extend(error.text(name));
            }
        }
        said.extend(answer.text("message"));
        let reason = Reason::of(code, status);
        // A refusal without a name does not say that nothing was done where HTTP says that the server failed.
        if reason == Reason::Unknown && !is_of_the_asker(http_status) && !is_fine(http_status) {
            status = http_status;
        }
        let mut details = answer.object("call_details");
        Refusal {
            reason,
            status,
            code,
            message: (!said.is_empty()).then(|| said.join(": ")),
            request_id,
            call: details.as_mut().and_then(|details| details.call_sid("sid")),
        }
    }
}

fn is_fine(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Turned away for what was asked. 408 is a server that gave up in the middle.
fn is_of_the_asker(status: u16) -> bool {
    (400..500).contains(&status) && status != 408
}
