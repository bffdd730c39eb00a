//! One request and its answer, within the time limits.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Response, Url, redirect};
use secrecy::{ExposeSecret as _, SecretString};

use super::retry::retry_after;
use super::{Effect, VoiceError, VoiceSettings};
use crate::clock::Clock;
use crate::exotel::voice::Refusal;

/// The longest answer that is read: a full page of the list of calls is far shorter.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// A request, written.
pub(super) struct Question {
    /// What is asked, for the log.
    pub(super) name: &'static str,
    pub(super) effect: Effect,
    pub(super) url: Url,
    pub(super) body: Option<String>,
    /// What is in it besides the credentials that must not come back in an error.
    pub(super) secrets: Vec<String>,
}

/// What came back.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

/// Sends requests with the account's credentials.
pub(super) struct Exchange {
    http: Client,
    api_key: SecretString,
    api_token: SecretString,
    /// Both as the header has them.
    authorization: SecretString,
    /// Of a whole question; a silence is told by it.
    patience: Duration,
    clock: Arc<dyn Clock>,
}

impl Exchange {
    /// Each request gets a connection of its own: one that is kept may be closed by the other side in the moment in which
    /// a call goes out, and then nobody knows whether it was placed. Redirects are not followed, and nothing is sent
    /// again here: both would be a second request.
    pub(super) fn new(settings: &VoiceSettings, clock: Arc<dyn Clock>) -> Result<Self, VoiceError> {
        let http = Client::builder()
            .connect_timeout(settings.connect_timeout)
            .pool_max_idle_per_host(0)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("ringmaster/", env!("CARGO_PKG_VERSION")))
            .build();
        let http = http.map_err(|error| VoiceError::Unwritable(Box::new(error)))?;
        let (api_key, api_token) = (settings.api_key.clone(), settings.api_token.clone());
        Ok(Self {
            authorization: authorization(&http, &api_key, &api_token)?,
            http,
            api_key,
            api_token,
            patience: settings.timeout,
            clock,
        })
    }

    /// Sends the request once and reads the whole answer.
    pub(super) async fn send(
        &self,
        question: &Question,
        within: Duration,
    ) -> Result<Answered, VoiceError> {
        let sent = self.request(question).timeout(within).send().await;
        let response = sent.map_err(|error| failure(error, self.patience))?;
        let status = response.status().as_u16();
        let header = response.headers().get(RETRY_AFTER);
        let header = header.and_then(|value| value.to_str().ok());
        let retry_after = header.and_then(|text| retry_after(text, self.clock.now()));
        Ok(Answered {
            status,
            retry_after,
            body: read(response, status, self.patience).await?,
        })
    }

    /// Exotel might quote what it was sent.
    pub(super) fn without_secrets(&self, refusal: Refusal, question: &Question) -> Refusal {
        let own = [&self.api_key, &self.api_token, &self.authorization];
        let own = own.map(SecretString::expose_secret);
        let sent = question.secrets.iter().map(String::as_str);
        let secrets: Vec<_> = own.into_iter().chain(sent).collect();
        refusal.without(&secrets)
    }

    fn request(&self, question: &Question) -> RequestBuilder {
        let method = match question.effect {
            Effect::Places => Method::POST,
            Effect::Looks | Effect::Checks => Method::GET,
        };
        let (key, token) = (self.api_key.expose_secret(), self.api_token.expose_secret());
        let request = self.http.request(method, question.url.clone());
        let request = request.basic_auth(key, Some(token));
        match &question.body {
            Some(body) => request
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone()),
            None => request,
        }
    }
}

/// The word that follows `Basic`, as it will be sent: whoever has it can decode it.
fn authorization(
    http: &Client,
    key: &SecretString,
    token: &SecretString,
) -> Result<SecretString, VoiceError> {
    let request = http.get("http://localhost/");
    let request = request.basic_auth(key.expose_secret(), Some(token.expose_secret()));
    let request = request
        .build()
        .map_err(|error| VoiceError::Unwritable(Box::new(error.without_url())))?;
    let header = request.headers().get(AUTHORIZATION);
    let text = header.and_then(|value| value.to_str().ok());
    let word = text.and_then(|text| text.split_whitespace().last());
    Ok(word.unwrap_or_default().to_owned().into())
}

async fn read(
    mut response: Response,
    status: u16,
    patience: Duration,
) -> Result<Vec<u8>, VoiceError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(failure(error, patience)),
        }
        if body.len() > MOST_BYTES {
            let most = MOST_BYTES;
            return Err(VoiceError::TooLong { status, most });
        }
    }
}

/// What a failure of the network says of the request. Its address is left out: the list's holds numbers.
fn failure(error: reqwest::Error, patience: Duration) -> VoiceError {
    let error = error.without_url();
    if error.is_builder() {
        VoiceError::Unwritable(Box::new(error))
    } else if error.is_connect() {
        VoiceError::Unreachable(error)
    } else if error.is_timeout() {
        VoiceError::Silent(patience)
    } else {
        VoiceError::Cut(error)
    }
}
