//! Who changed what: a log line with the target `audit` for each change that somebody makes in another's name.
//!
//! It names the token, where it was used, what was changed by its id and the names of its fields, and how it ended. It never
//! has values: numbers of people are in them.

use std::net::IpAddr;

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
}

/// A change that somebody is about to make. Its line is written when it is over, and also when it is given up before that: then
/// nobody knows what came of it, and the outcome is `unknown`.
#[derive(Debug)]
pub(super) struct Attempt {
    account: AccountName,
    by: String,
    role: Role,
    source: Option<IpAddr>,
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
        Self {
            account: caller.account.clone(),
            by: caller.known_as.clone(),
            role: caller.role,
            source: caller.source,
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
            self.came_to(&outcome);
            outcome
        });
        done.await.unwrap_or(Err(ApiError::Stopping))
    }

    /// Writes what came of it.
    pub(super) fn came_to<T>(mut self, outcome: &Result<T, ApiError>) {
        self.outcome = outcome.as_ref().map_or_else(ApiError::code, |_done| "done");
    }

    fn write(&self, subject: &Subject) {
        let fields = subject.fields.as_str();
        let agent = subject.agent.as_ref();
        tracing::info!(
            target: "audit",
            account = self.account.as_str(),
            by = &*told(&self.by),
            role = self.role.as_str(),
            source = self.source.map(tracing::field::display),
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
