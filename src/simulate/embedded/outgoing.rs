//! Calls that the service in this process starts: the real dialer and the real client, whose Exotel is the stand-in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::exotel::Parameters;
use crate::exotel::answer::WebUrl;
use crate::exotel::voice::{
    AccountSid, BaseUrl, CustomField, Hosts, REQUESTS_PER_MINUTE, StatusCallback,
};
use crate::outbound::{
    ClickToCall, Dialer, IdempotencyKey, Line, NotStarted, Whom, hear, reconcile,
};
use crate::presence::Store;
use crate::routing::{RequestRate, Router, RoutingBook};
use crate::simulate::exchange::{DueCallback, Exchange};
use crate::simulate::service::{Click, Clicked, OnBehalf, ServiceError};
use crate::telephony::{AccountName, CallSid, PhoneNumber};
use crate::voice::{VoiceClient, VoiceSettings};

/// Where the service would have such calls reported.
const CALLBACK_URL: &str = "https://connect.example.com/exotel/default/calls?key=simulated";

/// The time limits of questions to Exotel, and how long a call may be quiet: those of a service whose operator leaves them
/// as they are.
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const QUIET_AFTER: Duration = Duration::from_mins(2);

/// How often it is looked which calls have gone quiet: as often as a service does.
const LOOKS_EVERY: Duration = Duration::from_secs(15);

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

/// The service's way out.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) exchange: Exchange,
    line: Line,
    /// How many calls were asked for: their names follow from it.
    asked: AtomicU64,
    /// When quiet calls are looked up again, in milliseconds.
    looks_at: AtomicI64,
}

impl Outgoing {
    pub(super) fn new(exchange: Exchange, line: Line) -> Self {
        Self {
            exchange,
            line,
            asked: AtomicU64::new(0),
            looks_at: AtomicI64::new(0),
        }
    }
}

/// All that a call is started with.
#[derive(Clone, Copy)]
pub(super) struct Office<'a> {
    pub(super) account: &'a AccountName,
    pub(super) book: &'a RoutingBook,
    pub(super) router: &'a Router,
    pub(super) outgoing: &'a Outgoing,
}

impl Office<'_> {
    /// Does what `POST …/calls` does.
    pub(super) async fn click(&self, click: &Click) -> Result<Clicked, ServiceError> {
        let Some(asked) = asked(click) else {
            return Ok(Clicked::Refused("invalid".to_owned()));
        };
        let shared = self.router.shared();
        let dialer = Dialer {
            store: self.router.store(),
            shared,
            account: self.account,
            book: self.book,
            view: self.book.view(shared.clock.now()),
            line: &self.outgoing.line,
        };
        let key = IdempotencyKey::parse(&click.key).ok();
        let number = self.outgoing.asked.fetch_add(1, Ordering::Relaxed);
        let unique = format!("simulated-{number:08}");
        let fingerprint = format!("{click:?}");
        let outcome = dialer
            .start_as(&unique, &asked, key.as_ref(), &fingerprint)
            .await;
        match outcome {
            Ok(started) => Ok(Clicked::Started {
                id: started.id.to_string(),
                call: started.call.as_ref().map(ToString::to_string),
                agent: started.agent,
            }),
            Err(NotStarted::Store(error)) => Err(error.into()),
            Err(error) => Ok(Clicked::Refused(error.code().to_owned())),
        }
    }

    /// Does what `POST /exotel/{account}/calls` does.
    pub(super) async fn hear(&self, callback: &DueCallback) -> Result<(), ServiceError> {
        let query = callback.url.split_once('?').map_or("", |(_, query)| query);
        let parameters = Parameters::from_query(query)?;
        let id = parameters.get("call");
        let id = id.and_then(|id| CallSid::parse(id).ok());
        let Ok(callback) = StatusCallback::read(callback.body.as_bytes()) else {
            return Ok(());
        };
        let now = self.router.shared().clock.now();
        let offset = self.book.view(now).utc_offset_seconds;
        let store = self.router.store();
        hear(store, self.account, id.as_ref(), &callback, offset).await?;
        Ok(())
    }

    /// Looks up the calls of which nothing was heard for long, once in a while.
    pub(super) async fn reconciles(&self, now: Timestamp) {
        let due = self.outgoing.looks_at.load(Ordering::Relaxed);
        if now.as_millis() < due {
            return;
        }
        let next = now.plus(LOOKS_EVERY).as_millis();
        self.outgoing.looks_at.store(next, Ordering::Relaxed);
        let (store, line) = (self.router.store(), &self.outgoing.line);
        let round = reconcile::round(store, self.account, line, self.book.view(now));
        if let Err(error) = round.await {
            tracing::warn!(%error, "quiet calls are not looked up");
        }
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
