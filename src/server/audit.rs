//! Who changed what: a log line with the target `audit` for each change that somebody makes in another's name.
//!
//! It names the token, where it was used, what was changed by its id and the names of its fields, and how it ended. It never
//! has values: numbers of people are in them.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpRequest;
use actix_web::http::Method;
use serde_json::Value;

use super::caller::Caller;
use super::context::Context;
use super::problem::ApiError;
use crate::settings::Role;
use crate::telephony::{AccountName, AgentId, told};

/// A field's name is shorter in every document that is taken.
const LONGEST_NAME: usize = 32;
const MOST_FIELDS: usize = 16;

/// What can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    PutAgent,
    RemoveAgent,
    SetPresence,
    Release,
    ReloadRules,
    StartCall,
    EraseCaller,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::PutAgent => "agent-put",
            Self::RemoveAgent => "agent-removed",
            Self::SetPresence => "presence-set",
            Self::Release => "agent-released",
            Self::ReloadRules => "rules-reloaded",
            Self::StartCall => "call-started",
            Self::EraseCaller => "caller-erased",
        }
    }

    /// What a request with this method to this path is about to change, if it changes anything but its own heartbeat.
    fn asked_for(method: &Method, route: &str) -> Option<Self> {
        let path = route.strip_prefix("/v1/accounts/{account}")?;
        match (method.as_str(), path) {
            ("PUT", "/agents" | "/agents/{id}") => Some(Self::PutAgent),
            ("DELETE", "/agents/{id}") => Some(Self::RemoveAgent),
            ("PUT", "/agents/{id}/presence") => Some(Self::SetPresence),
            ("POST", "/agents/{id}/release") => Some(Self::Release),
            ("POST", "/rules/reload") => Some(Self::ReloadRules),
            ("POST", "/calls") => Some(Self::StartCall),
            ("DELETE", "/callers/{number}") => Some(Self::EraseCaller),
            _ => None,
        }
    }
}

/// Has what a request asks for been written down? Shared by all who deal with the request.
#[derive(Clone, Debug, Default)]
pub(super) struct Written(Arc<AtomicBool>);

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    /// The account.
    pub(super) account: AccountName,
    /// What the token is known as.
    pub(super) by: String,
    /// What it allows.
    pub(super) role: Role,
    /// Where the request comes from, if anybody knows.
    pub(super) source: Option<IpAddr>,
    /// Whether there is a line already.
    pub(super) written: Written,
}

/// Writes the line of an attempt at a change that was refused before it began: the token may do less, or what was sent cannot be
/// meant. Whoever has a token writes no more of them than its rate allows.
pub(super) fn refused(signature: &Signature, request: &HttpRequest, error: &ApiError) {
    let route = request.match_pattern().unwrap_or_default();
    let Some(action) = Action::asked_for(request.method(), &route) else {
        return;
    };
    let is_unmeasured = matches!(
        error,
        ApiError::TooManyRequests { .. } | ApiError::SourceNotAllowed
    );
    let is_own = match action {
        // Whoever sets their own is no news, even when they do it wrong.
        Action::SetPresence | Action::Release => signature.role == Role::Presence,
        Action::PutAgent
        | Action::RemoveAgent
        | Action::ReloadRules
        | Action::StartCall
        | Action::EraseCaller => false,
    };
    let is_overreaching = matches!(error, ApiError::OverrideNeedsAdmin);
    if is_unmeasured || (is_own && !is_overreaching) || signature.written.is_so() {
        return;
    }
    let agent = request.match_info().get("id");
    let agent = agent.and_then(|id| AgentId::parse(id).ok());
    Attempt::of_signature(signature.clone(), action)
        .of(agent.as_ref(), &Value::Null)
        .came_to(error.code());
}

impl Written {
    fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A change that somebody is about to make. Its line is written when it is over, and also when it is given up before that: then
/// nobody knows what came of it, and the outcome is `unknown`.
#[derive(Debug)]
pub(super) struct Attempt {
    signature: Signature,
    action: Action,
    subjects: Vec<Subject>,
    outcome: &'static str,
}

/// What is to be changed: its id is whatever somebody has put into the path.
#[derive(Debug, Default)]
struct Subject {
    agent: Option<AgentId>,
    fields: String,
}

impl Attempt {
    /// Somebody is about to do this.
    pub(super) fn new(caller: &Caller, action: Action) -> Self {
        Self::of_signature(caller.signature.clone(), action)
    }

    fn of_signature(signature: Signature, action: Action) -> Self {
        signature.written.now();
        Self {
            signature,
            action,
            subjects: Vec::new(),
            outcome: "unknown",
        }
    }

    /// Names an agent, the fields of whose document are told. Each has a line of its own, as if it had been changed alone.
    #[must_use]
    pub(super) fn of(mut self, agent: Option<&AgentId>, document: &Value) -> Self {
        self.subjects.push(Subject {
            agent: agent.cloned(),
            fields: fields(document),
        });
        self
    }

    /// Does it, and writes the line. Both go on to their end when whoever asked has hung up meanwhile: what is done is
    /// written down.
    pub(super) async fn carry_out<T: Send + 'static>(
        self,
        context: &Context,
        work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        let done = context.errands().begin(async move {
            let outcome = work.await;
            self.came_to(word(&outcome));
            outcome
        });
        done.await.unwrap_or(Err(ApiError::Stopping))
    }

    /// Writes what came of it, see [`word`].
    pub(super) fn came_to(mut self, outcome: &'static str) {
        self.outcome = outcome;
    }

    fn write(&self, subject: &Subject) {
        let fields = subject.fields.as_str();
        let agent = subject.agent.as_ref();
        tracing::info!(
            target: "audit",
            account = self.signature.account.as_str(),
            by = &*told(&self.signature.by),
            role = self.signature.role.as_str(),
            source = self.signature.source.map(tracing::field::display),
            action = self.action.as_str(),
            agent = agent.map(|agent| told(agent.as_str())).as_deref(),
            fields = (!fields.is_empty()).then_some(fields),
            outcome = self.outcome,
            "audit"
        );
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.subjects.is_empty() {
            self.write(&Subject::default());
        }
        for subject in &self.subjects {
            self.write(subject);
        }
    }
}

/// What came of a change: `done`, or the code of the error.
pub(super) fn word<T>(outcome: &Result<T, ApiError>) -> &'static str {
    outcome.as_ref().map_or_else(ApiError::code, |_done| "done")
}

/// The names of a document's fields, with commas. What looks like no name of a field of ours is left out.
fn fields(document: &Value) -> String {
    let is_name = |name: &&str| {
        name.len() <= LONGEST_NAME
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let names = document
        .as_object()
        .into_iter()
        .flat_map(|object| object.keys());
    let names: Vec<_> = names
        .map(String::as_str)
        .filter(is_name)
        .take(MOST_FIELDS)
        .collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_fields_are_told() {
        let document = serde_json::json!({
            "name": "Asha", "destinations": ["+919812345678"], "9812345678": 1, "Weight": 1,
        });
        assert_eq!(fields(&document), "destinations,name");
        assert_eq!(fields(&serde_json::json!(["name"])), "");
    }
}
