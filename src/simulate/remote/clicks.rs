//! Calls that the server starts: what an application asks for, and what Exotel reports of them.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{RemoteError, sent};
use super::{EXOTEL_WAITS, Remote, with_json};
use crate::simulate::exchange::DueCallback;
use crate::simulate::service::{Click, Clicked, OnBehalf};
use crate::telephony::AgentId;

/// A call that was started, as far as it is told.
#[derive(Deserialize)]
struct Started {
    id: String,
    call: Option<String>,
    agent: String,
}

impl Remote {
    /// Clicks as an agent's application does.
    pub(super) async fn click(&self, click: &Click) -> Result<Clicked, RemoteError> {
        let (role, whom) = match &click.whom {
            OnBehalf::Agent(agent) => ("agent", agent.as_str()),
            OnBehalf::Queue(queue) => ("queue", queue.as_str()),
        };
        let document = json!({ role: whom, "to": click.to, "custom_field": click.custom_field });
        let request = self.api(Method::POST, "/calls");
        let request = request.header("Idempotency-Key", &click.key);
        let reply = sent("a click", with_json(request, &document)).await?;
        if reply.status != 201 {
            let problem = serde_json::from_str::<Value>(&reply.body).ok();
            let code = problem.as_ref().and_then(|problem| problem.get("code"));
            return match code.and_then(Value::as_str) {
                Some(code) if reply.status != 401 => Ok(Clicked::Refused(code.to_owned())),
                Some(_) | None => Err(reply.refused()),
            };
        }
        started(&reply.body).ok_or(RemoteError::Strange("a call that was started"))
    }

    /// Reports as Exotel does, at the path and with the query of the address that the call was asked for with.
    pub(super) async fn status_callback(&self, callback: &DueCallback) -> Result<(), RemoteError> {
        let url = self.named(&callback.url);
        let url = url.ok_or(RemoteError::Strange("the address for status callbacks"))?;
        let request = self.client.post(url).timeout(EXOTEL_WAITS);
        let request = request
            .header("Content-Type", "application/json")
            .body(callback.body.clone());
        sent("a status callback", request).await?.accepted()?;
        Ok(())
    }
}

fn started(body: &str) -> Option<Clicked> {
    let started: Started = serde_json::from_str(body).ok()?;
    Some(Clicked::Started {
        id: started.id,
        call: started.call,
        agent: AgentId::parse(&started.agent).ok()?,
    })
}
