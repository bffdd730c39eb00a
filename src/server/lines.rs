//! The accounts' ways to Exotel, from the settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::stores::Stores;
use crate::clock::Clock;
use crate::exotel::answer::WebUrl;
use crate::outbound::{Line, Lines};
use crate::routing::RequestRate;
use crate::settings::{ExotelSettings, Settings};
use crate::telephony::AccountName;
use crate::voice::{VoiceClient, VoiceSettings};

/// A line for each account that has credentials. One that cannot be made is logged and left out.
pub(super) fn lines(settings: &Settings, stores: &Stores, clock: &Arc<dyn Clock>) -> Arc<Lines> {
    let mut lines = BTreeMap::new();
    for (name, account) in &settings.accounts {
        let Some(access) = account.exotel.as_ref().and_then(ExotelSettings::access) else {
            continue;
        };
        let limit = RequestRate::a_minute(stores.for_worker(), access.requests_per_minute);
        // The agent stays reserved while Exotel is asked, however long that takes.
        let margin = settings.offer_margin.saturating_add(access.timeout);
        let voice = VoiceSettings {
            account: name.clone(),
            sid: access.sid,
            api_key: access.api_key,
            api_token: access.api_token,
            hosts: access.hosts,
            timeout: access.timeout,
            connect_timeout: access.connect_timeout,
        };
        let callback_url = exotel_url(settings, name, "calls");
        if callback_url.is_none() {
            tracing::warn!(account = %name, "calls that we start are not reported: that needs the setting public_url and a key that is no digest");
        }
        match VoiceClient::new(voice, Arc::new(limit), Arc::clone(clock)) {
            Ok(client) => {
                let line = Line {
                    client,
                    callback_url,
                    margin,
                    quiet_after: access.quiet_after,
                };
                lines.insert(name.clone(), line);
            }
            Err(error) => {
                tracing::error!(account = %name, %error, "the account cannot start calls");
            }
        }
    }
    Arc::new(Lines::new(lines))
}

/// Where Exotel reports to: it needs the service's own address, and a key to come in with.
pub(super) fn exotel_url(settings: &Settings, account: &AccountName, path: &str) -> Option<WebUrl> {
    let base = settings.public_url.as_ref()?;
    let key = settings.accounts.get(account)?.key_to_send()?;
    let query = serde_urlencoded::to_string([("key", key.expose_secret())]).ok()?;
    let url = format!("{}/exotel/{account}/{path}?{query}", base.as_str());
    WebUrl::parse(&url)
        .inspect_err(
            |error| tracing::error!(%error, path, "no address for Exotel's reports can be built"),
        )
        .ok()
}
