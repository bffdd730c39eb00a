//! A running server, reached over HTTP in real time: the same people and the same Exotel as on the virtual clock.
//!
//! The scenario begins when the run does. What stands in requests are the times of this machine's clock, for that is what
//! a server compares with its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Method, RequestBuilder, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::exchange::{DueCallback, Exchange};
use super::service::{Click, Clicked, Fetched, Pace, Seen, Service, ServiceError};
use crate::clock::{Clock, Timestamp};
use crate::exotel::Dialect;
use crate::presence::{AgentProfile, Presence};
use crate::telephony::{AccountName, AgentId};

mod clicks;
mod connection;
mod document;
mod error;
mod greeting;
mod removal;

pub use connection::shown_address;
use connection::{client, origin, with_json};
pub use error::RemoteError;
use error::{Reply, sent};
pub use greeting::Greeting;
pub use removal::LeftBehind;

/// Exotel waits so long for an answer (contract, section 2).
const EXOTEL_WAITS: Duration = Duration::from_secs(5);

/// Administration waits longer: what it asks for is not answered to a caller.
const OTHERS_WAIT: Duration = Duration::from_secs(15);

/// Agents' applications wait less: while they do, nothing else of the scenario happens.
const APPLICATIONS_WAIT: Duration = Duration::from_secs(2);

/// Which server, as whom.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its address, such as `http://127.0.0.1:8080`, and nothing behind the port.
    pub server: String,
    /// The account.
    pub account: AccountName,
    /// The key that Exotel's URL has.
    pub key: SecretString,
    /// A token of the role `admin`.
    pub token: SecretString,
    /// The applet that asks.
    pub dialect: Dialect,
}

/// A running server.
#[derive(Clone, Debug)]
pub struct RemoteService(Arc<Remote>, Option<Exchange>);

#[derive(Debug)]
struct Remote {
    client: Client,
    /// The address, without a path.
    origin: Url,
    target: Target,
    /// The moment of the scenario at which the run began.
    start: Timestamp,
    began: Instant,
    /// What the clock on the wall showed then.
    shown: Timestamp,
}

impl RemoteService {
    /// Tries the address, the key and the token, and begins the time of a scenario that starts at `start`.
    ///
    /// # Errors
    /// When the server does not answer, or refuses the key or the token.
    pub async fn connect(
        target: Target,
        start: Timestamp,
        clock: &dyn Clock,
    ) -> Result<(Self, Greeting), RemoteError> {
        let mut remote = Remote {
            client: client()?,
            origin: origin(&target.server)?,
            target,
            start,
            began: Instant::now(),
            shown: clock.now(),
        };
        let greeting = remote.greeting().await?;
        (remote.began, remote.shown) = (Instant::now(), clock.now());
        Ok((Self(Arc::new(remote), None), greeting))
    }

    /// The same server, whose account starts its calls at this exchange.
    #[must_use]
    pub fn with_exchange(self, exchange: Exchange) -> Self {
        Self(self.0, Some(exchange))
    }
}

impl Remote {
    /// Everybody, as they are seen now.
    async fn agents(&self) -> Result<document::Agents, RemoteError> {
        let request = self.api(Method::GET, "/agents");
        let listing = sent("asking for the agents", request).await?.json()?;
        document::agents(&listing).ok_or(RemoteError::Strange("the list of agents"))
    }

    /// A request as Exotel sends it, to one of the addresses that have the key.
    fn exotel(&self, what: &str, query: &str) -> RequestBuilder {
        let mut url = self.origin.clone();
        url.set_path(&format!("/exotel/{}/{what}", self.target.account));
        url.query_pairs_mut()
            .append_pair("key", self.target.key.expose_secret());
        self.as_exotel(url, query)
    }

    /// The query is sent as it is written: it has forms that no writer of queries would choose.
    fn as_exotel(&self, mut url: Url, query: &str) -> RequestBuilder {
        let known = url.query().filter(|known| !known.is_empty());
        let whole = [known.unwrap_or_default(), query];
        let parts: Vec<_> = whole.into_iter().filter(|part| !part.is_empty()).collect();
        url.set_query(Some(&parts.join("&")));
        let (name, version) = match self.target.dialect {
            Dialect::Ccm => ("exotel-version", "1.1"),
            Dialect::Generic => ("Exotel-Version", "1.0"),
        };
        let request = self.client.get(url).timeout(EXOTEL_WAITS);
        request.header(name, version)
    }

    fn api(&self, method: Method, path: &str) -> RequestBuilder {
        let mut url = self.origin.clone();
        url.set_path(&format!("/v1/accounts/{}{path}", self.target.account));
        let request = self.client.request(method, url).timeout(OTHERS_WAIT);
        request.bearer_auth(self.target.token.expose_secret())
    }

    async fn accepted(&self, what: &str, request: RequestBuilder) -> Result<Reply, ServiceError> {
        Ok(sent(what, request).await?.accepted()?)
    }

    /// The path and the query of an address that an answer named: what stands before them need not lead here.
    fn named(&self, address: &str) -> Option<Url> {
        let named = Url::parse(address).ok()?;
        let mut url = self.origin.clone();
        url.set_path(named.path());
        url.set_query(named.query());
        Some(url)
    }
}

#[async_trait]
impl Service for RemoteService {
    fn pace(&self) -> Pace {
        Pace::Real
    }

    fn dialect(&self) -> Dialect {
        self.0.target.dialect
    }

    fn now(&self) -> Timestamp {
        self.0.start.plus(self.0.began.elapsed())
    }

    fn shown(&self, moment: Timestamp) -> Timestamp {
        self.0.shown.plus(moment.since(self.0.start))
    }

    async fn reach(&self, moment: Timestamp) {
        let after = moment.since(self.0.start);
        if let Some(until) = self.0.began.checked_add(after) {
            sleep_until(until).await;
        }
    }

    async fn fetch(&self, query: &str) -> Result<Fetched, ServiceError> {
        let reply = sent("a fetch", self.0.exotel("connect", query)).await?;
        Ok(Fetched {
            status: reply.status,
            content_type: reply.content_type,
            body: reply.body,
        })
    }

    async fn report(&self, address: Option<&str>, query: &str) -> Result<(), ServiceError> {
        let request = match address {
            None => self.0.exotel("events", query),
            Some(address) => {
                let url = self.0.named(address);
                let url = url.ok_or(RemoteError::Strange("the address for events"))?;
                self.0.as_exotel(url, query)
            }
        };
        self.0.accepted("a report", request).await?;
        Ok(())
    }

    async fn put_agents(&self, agents: &[AgentProfile]) -> Result<(), ServiceError> {
        let list: Vec<Value> = agents.iter().map(document::agent).collect();
        let request = with_json(self.0.api(Method::PUT, "/agents"), &Value::Array(list));
        self.0.accepted("putting the agents", request).await?;
        Ok(())
    }

    async fn set_presence(&self, id: &AgentId, presence: &Presence) -> Result<(), ServiceError> {
        let request = self.0.api(Method::PUT, &format!("/agents/{id}/presence"));
        let request = with_json(request, &document::presence(presence)).timeout(APPLICATIONS_WAIT);
        let what = format!("setting the status of {id}");
        self.0.accepted(&what, request).await?;
        Ok(())
    }

    async fn heartbeat(&self, id: &AgentId) -> Result<(), ServiceError> {
        let request = self.0.api(Method::POST, &format!("/agents/{id}/heartbeat"));
        let request = request.timeout(APPLICATIONS_WAIT);
        let what = format!("a sign of life of {id}");
        self.0.accepted(&what, request).await?;
        Ok(())
    }

    async fn seen(&self, id: &AgentId) -> Result<Option<Seen>, ServiceError> {
        let request = self.0.api(Method::GET, &format!("/agents/{id}"));
        let request = request.timeout(APPLICATIONS_WAIT);
        let reply = sent(&format!("looking at {id}"), request).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        let seen = document::seen(&reply.json()?);
        Ok(Some(seen.ok_or(RemoteError::Strange("an agent"))?))
    }

    fn exchange(&self) -> Option<&Exchange> {
        self.1.as_ref()
    }

    async fn click(&self, click: &Click) -> Result<Clicked, ServiceError> {
        Ok(self.0.click(click).await?)
    }

    async fn status_callback(&self, callback: &DueCallback) -> Result<(), ServiceError> {
        Ok(self.0.status_callback(callback).await?)
    }

    async fn seen_all(&self, ids: &[AgentId]) -> Result<Vec<Option<Seen>>, ServiceError> {
        let agents = self.0.agents().await?;
        Ok(ids.iter().map(|id| agents.get(id).copied()).collect())
    }
}

impl fmt::Display for RemoteService {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&connection::shown(&self.0.origin))
    }
}

#[cfg(test)]
mod tests;
