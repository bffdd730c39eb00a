//! Calls that the service in this process starts: the real dialer and the real client, whose Exotel is the stand-in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::exotel::answer::WebUrl;
use crate::exotel::voice::{
    AccountSid, BaseUrl, CustomField, Hosts, REQUESTS_PER_MINUTE, StatusCallback,
};
use crate::outbound::{
    ClickToCall, Dialer, IdempotencyKey, Line, NotStarted, Whom, hear, reconcile,
};
use crate::presence::Store;
use crate::routing::{RequestRate, Router, RoutingBook};
use crate::simulate::ServiceError;
use crate::simulate::service::{Click, Clicked, OnBehalf};
use crate::telephony::{AccountName, CallSid, PhoneNumber};
use crate::voice::{VoiceClient, VoiceSettings};

/// Where the service would have such calls reported.
const CALLBACK_URL: &str = "https://connect.example.com/exotel/default/calls?key=simulated";

/// The time limits of questions to Exotel, and how long a call may be quiet: those of a service whose operator leaves them
/// as they are.
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const QUIET_AFTER: Duration = Duration::from_mins(2);

/// A line to the stand-in at this address.
pub(super) fn line(
    account: &AccountName,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    margin: Duration,
    address: SocketAddr,
) -> Result<Line, ServiceError> {
    let unusable = |what: &dyn std::fmt::Display| ServiceError::Line(what.to_string());
    let base = BaseUrl::parse(&format!("http://{address}")).map_err(|error| unusable(&error))?;
    let settings = VoiceSettings {
        account: account.clone(),
        sid: AccountSid::parse("simulated").map_err(|error| unusable(&error))?,
        api_key: "simulated-key".into(),
        api_token: "simulated-token".into(),
        hosts: Hosts::at(&base),
        timeout: TIMEOUT,
        connect_timeout: CONNECT_TIMEOUT,
    };
    let limit = RequestRate::a_minute(store, REQUESTS_PER_MINUTE);
    let client = VoiceClient::new(settings, Arc::new(limit), clock);
    Ok(Line {
        client: client.map_err(|error| unusable(&error))?,
        callback_url: WebUrl::parse(CALLBACK_URL).ok(),
        // The agent stays reserved while Exotel is asked, however long that takes.
        margin: margin.saturating_add(TIMEOUT),
        quiet_after: QUIET_AFTER,
    })
}

/// All that a call is started with.
#[derive(Clone, Copy)]
pub(super) struct Office<'a> {
    pub(super) account: &'a AccountName,
    pub(super) book: &'a RoutingBook,
    pub(super) router: &'a Router,
    pub(super) line: &'a Line,
}

impl Office<'_> {
    /// Does what `POST …/calls` does. `unique` is a part of our name of the call.
    pub(super) async fn click(&self, click: &Click, unique: &str) -> Result<Clicked, ServiceError> {
        let Some(asked) = asked(click) else {
            return Ok(Clicked::refused(400, "invalid"));
        };
        let shared = self.router.shared();
        let dialer = Dialer {
            store: self.router.store(),
            shared,
            account: self.account,
            book: self.book,
            view: self.book.view(shared.clock.now()),
            line: self.line,
        };
        let key = IdempotencyKey::parse(&click.key).ok();
        let outcome = dialer
            .start_as(unique, &asked, key.as_ref(), &format!("{click:?}"))
            .await;
        match outcome {
            Ok(started) => Ok(Clicked::Started {
                id: started.id.to_string(),
                call: started.call.as_ref().map(ToString::to_string),
                agent: started.agent,
            }),
            Err(NotStarted::Store(error)) => Err(error.into()),
            Err(error) => Ok(Clicked::refused(status_of(&error), error.code())),
        }
    }

    /// Does what `POST /exotel/{account}/calls` does.
    pub(super) async fn hear(&self, url: &str, body: &str) -> Result<(), ServiceError> {
        let Ok(callback) = StatusCallback::read(body.as_bytes()) else {
            return Ok(());
        };
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let id = pairs.iter().find(|(name, _)| name == "call");
        let id = id.and_then(|(_, id)| CallSid::parse(id).ok());
        let now = self.router.shared().clock.now();
        let offset = self.book.view(now).utc_offset_seconds;
        hear(
            self.router.store(),
            self.account,
            id.as_ref(),
            &callback,
            offset,
        )
        .await?;
        Ok(())
    }

    /// Looks up the calls of which nothing was heard for long.
    pub(super) async fn reconcile(&self) -> Result<(), ServiceError> {
        let view = self.book.view(self.router.shared().clock.now());
        reconcile::round(self.router.store(), self.account, self.line, view).await?;
        Ok(())
    }
}

/// The click as the HTTP side would have read it; `None` where it would have complained.
fn asked(click: &Click) -> Option<ClickToCall> {
    Some(ClickToCall {
        whom: match &click.whom {
            OnBehalf::Agent(agent) => Whom::Agent(agent.clone()),
            OnBehalf::Queue(queue) => Whom::Queue(queue.clone()),
        },
        to: PhoneNumber::from_e164(&click.to).ok()?,
        virtual_number: None,
        recording: None,
        max_time_limit: None,
        attempt_time_out: None,
        custom_field: Some(CustomField::parse(&click.custom_field).ok()?),
    })
}

/// The status that the HTTP side gives with these; only reported, nothing hangs on it.
fn status_of(why: &NotStarted) -> u16 {
    match why {
        NotStarted::NotReady(_) | NotStarted::InProgress | NotStarted::OutcomeUnknown => 409,
        NotStarted::Refused(_) => 502,
        NotStarted::Uncertain(_) => 504,
        _ => 400,
    }
}
