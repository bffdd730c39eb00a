//! The questions that can be put to Exotel, and how each is asked: counted, sent, read, and perhaps asked again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use tokio::time::Instant;

use super::exchange::{Answered, Exchange, Question};
use super::retry::wait_before_next;
use super::{Effect, RateLimit, VoiceError};
use crate::clock::Clock;
use crate::exotel::voice::{
    AccountSid, BaseUrl, CallDetails, CallFilter, CallLegs, CallPage, Hosts, MakeCall, NextPage,
    Rejected, read_call, read_calls, read_legs,
};
use crate::telephony::{AccountName, CallSid};

/// What a client needs to know of an account. `Debug` shows neither key nor token.
#[derive(Clone, Debug)]
pub struct VoiceSettings {
    /// The account, by our name for it.
    pub account: AccountName,
    /// The account, by Exotel's.
    pub sid: AccountSid,
    /// Half of the credentials.
    pub api_key: SecretString,
    /// The other half.
    pub api_token: SecretString,
    /// Where the APIs are.
    pub hosts: Hosts,
    /// The time limit of a question, from the first try to the end of the last answer.
    pub timeout: Duration,
    /// The time limit of each connection.
    pub connect_timeout: Duration,
}

/// The Voice API of one account. Cheap to clone.
#[derive(Clone)]
pub struct VoiceClient {
    shared: Arc<Shared>,
}

struct Shared {
    settings: VoiceSettings,
    exchange: Exchange,
    limit: Arc<dyn RateLimit>,
}

impl fmt::Debug for VoiceClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VoiceClient")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

impl VoiceClient {
    /// A client of this account; it connects when first asked. `limit` counts its requests.
    pub fn new(
        settings: VoiceSettings,
        limit: Arc<dyn RateLimit>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, VoiceError> {
        let exchange = Exchange::new(&settings, clock)?;
        let shared = Shared {
            settings,
            exchange,
            limit,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Makes a call. Sent a second time only when it is certain that the first placed none; after an error,
    /// [`VoiceError::placed`] says whether there may be a call all the same.
    pub async fn make_call(&self, call: &MakeCall) -> Result<CallDetails, VoiceError> {
        let body = call.to_json().map_err(unwritable)?;
        let question = Question {
            name: "make_call",
            effect: Effect::Places,
            url: self.v3(&["calls"])?,
            body: Some(body),
            secrets: call.secrets(),
        };
        self.ask(&question, read_call).await
    }

    /// Looks up a call.
    pub async fn call_details(&self, call: &CallSid) -> Result<CallDetails, VoiceError> {
        let url = self.v3(&["calls", call.as_str()])?;
        self.ask(&look("call_details", url), read_call).await
    }

    /// Looks up a call that nobody waits to see: those who wait go first.
    pub async fn check(&self, call: &CallSid) -> Result<CallDetails, VoiceError> {
        let url = self.v3(&["calls", call.as_str()])?;
        let question = Question {
            effect: Effect::Checks,
            ..look("check", url)
        };
        self.ask(&question, read_call).await
    }

    /// Looks up the two sides of a call. Exotel enables it per account.
    pub async fn legs(&self, call: &CallSid) -> Result<CallLegs, VoiceError> {
        let url = self.v3(&["calls", call.as_str(), "legs"])?;
        self.ask(&look("legs", url), read_legs).await
    }

    /// The first page of the calls that are over and fit the filter; [`CallPage::next`] leads to the one after it.
    pub async fn calls(&self, filter: &CallFilter) -> Result<CallPage, VoiceError> {
        let mut url = self.v1()?;
        url.query_pairs_mut().extend_pairs(filter.to_query());
        self.ask(&look("calls", url), read_calls).await
    }

    /// A page after the first.
    pub async fn next_calls(&self, page: &NextPage) -> Result<CallPage, VoiceError> {
        let mut url = self.v1()?;
        url.set_query(Some(page.query()));
        self.ask(&look("calls", url), read_calls).await
    }

    async fn ask<T>(
        &self,
        question: &Question,
        read: fn(u16, &[u8]) -> Result<T, Rejected>,
    ) -> Result<T, VoiceError> {
        let patience = self.shared.settings.timeout;
        let started = Instant::now();
        let mut tries = 0_u32;
        loop {
            let left = patience.saturating_sub(started.elapsed());
            let outcome = self.ask_once(question, left, read).await;
            tries = tries.saturating_add(1);
            self.log(question, outcome.as_ref().err(), tries, started);
            let error = match outcome {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let left = patience.saturating_sub(started.elapsed());
            match wait_before_next(&error, question.effect, tries, left) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    async fn ask_once<T>(
        &self,
        question: &Question,
        within: Duration,
        read: fn(u16, &[u8]) -> Result<T, Rejected>,
    ) -> Result<T, VoiceError> {
        let shared = &self.shared;
        let account = &shared.settings.account;
        shared.limit.take(account, question.effect).await?;
        let answered = shared.exchange.send(question, within).await?;
        let outcome = read(answered.status, &answered.body);
        outcome.map_err(|rejected| self.error_of(rejected, question, &answered))
    }

    fn error_of(&self, rejected: Rejected, question: &Question, answered: &Answered) -> VoiceError {
        match rejected {
            Rejected::Refused(refusal) => VoiceError::Refused {
                refusal: self.shared.exchange.without_secrets(refusal, question),
                retry_after: answered.retry_after,
            },
            Rejected::Unreadable(fault) => VoiceError::Unreadable {
                status: answered.status,
                fault,
            },
        }
    }

    /// One line a try. What comes of the question is for whoever asked to log.
    fn log(&self, question: &Question, error: Option<&VoiceError>, tries: u32, started: Instant) {
        tracing::debug!(
            account = %self.shared.settings.account,
            question = question.name,
            outcome = error.map_or("answered", VoiceError::code),
            tries,
            elapsed_ms = started.elapsed().as_millis(),
            "asked Exotel"
        );
    }

    fn v3(&self, path: &[&str]) -> Result<Url, VoiceError> {
        let settings = &self.shared.settings;
        let account = ["v3", "accounts", settings.sid.as_str()];
        address(&settings.hosts.v3, account.iter().chain(path))
    }

    fn v1(&self) -> Result<Url, VoiceError> {
        let settings = &self.shared.settings;
        let path = ["v1", "Accounts", settings.sid.as_str(), "Calls.json"];
        address(&settings.hosts.v1, path.iter())
    }
}

fn look(name: &'static str, url: Url) -> Question {
    Question {
        name,
        effect: Effect::Looks,
        url,
        body: None,
        secrets: Vec::new(),
    }
}

/// Each part is written so that it stays one part: a call's name may hold any sign. Only what would lead to another place,
/// however it is written, has no address at all.
fn address<'part>(
    base: &BaseUrl,
    path: impl Iterator<Item = &'part &'part str>,
) -> Result<Url, VoiceError> {
    let mut url = Url::parse(base.as_str()).map_err(unwritable)?;
    {
        let mut segments = url.path_segments_mut().map_err(|()| no_path())?;
        segments.pop_if_empty();
        for part in path {
            if matches!(*part, "." | "..") {
                return Err(unwritable("a call named . or .. has no address"));
            }
            segments.push(part);
        }
    }
    Ok(url)
}

fn no_path() -> VoiceError {
    unwritable("the address has no path")
}

fn unwritable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> VoiceError {
    VoiceError::Unwritable(cause.into())
}
