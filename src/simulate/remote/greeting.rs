//! What a server is asked before anything else.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::error::sent;
use super::{OTHERS_WAIT, Remote, RemoteError, with_json};
use crate::presence::Status;
use crate::telephony::AgentId;

/// What a server showed when it was first asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The agents of the account.
    pub agents: BTreeSet<AgentId>,
    /// Those of them who are not offline.
    pub present: BTreeSet<AgentId>,
    /// The version of the rules in force; `None` where there are none.
    pub rules_version: Option<String>,
}

impl Remote {
    /// Tries the key and the token, and looks who is there.
    pub(super) async fn greeting(&self) -> Result<Greeting, RemoteError> {
        self.tries_the_key().await?;
        let agents = self.agents().await?;
        let present = agents.iter();
        let present = present.filter(|(_, seen)| seen.status != Status::Offline);
        Ok(Greeting {
            present: present.map(|(id, _)| id.clone()).collect(),
            agents: agents.into_keys().collect(),
            rules_version: self.rules_version().await?,
        })
    }

    /// An event that says nothing is answered 200 to whoever has the key.
    async fn tries_the_key(&self) -> Result<(), RemoteError> {
        let request = self.exotel("events", "").timeout(OTHERS_WAIT);
        let reply = sent("trying the key", request).await?;
        match reply.status {
            200 => Ok(()),
            403 => Err(RemoteError::Key),
            _ => Err(reply.refused()),
        }
    }

    /// An explanation names it; which number is asked for does not matter.
    async fn rules_version(&self) -> Result<Option<String>, RemoteError> {
        let question = json!({ "from": "hidden", "to": "+911135124157" });
        let request = self.api(Method::POST, "/explain");
        let request = with_json(request, &question).header("Accept", "application/json");
        let explained = sent("asking for the rules", request).await?.json()?;
        let version = explained.get("rules_version").and_then(Value::as_str);
        Ok(version.map(str::to_owned))
    }
}
