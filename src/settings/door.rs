//! The sections about the door: how much is let in, and how it is spoken to.

use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use super::value;

/// How much an instance takes on, each a rate with a burst of the same size.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Fetches of one account that are decided; beyond them the account's fallback is answered.
    pub connect_per_second: NonZeroU32,
    /// Reports of one account that are taken in; beyond them they are dropped.
    pub events_per_second: NonZeroU32,
    /// Requests of one token to the API.
    pub api_per_second: NonZeroU32,
    /// Requests of one account to the API, all tokens together.
    pub api_account_per_second: NonZeroU32,
    /// Wrong keys and tokens of one source that are told that they are wrong.
    pub refused_per_minute: NonZeroU32,
}

/// Where the certificate is, and its key; both or neither.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The certificate and those between it and a root, PEM.
    pub certificate: Option<PathBuf>,
    /// The private key, PEM.
    pub key: Option<PathBuf>,
}

impl TlsSettings {
    /// Both files, when TLS is spoken.
    pub fn files(&self) -> Option<(&PathBuf, &PathBuf)> {
        self.certificate.as_ref().zip(self.key.as_ref())
    }

    /// A sentence when half of it is missing.
    pub(super) fn problem(&self) -> Option<String> {
        match (&self.certificate, &self.key) {
            (Some(_), None) => Some("tls.certificate is set, and needs tls.key".to_owned()),
            (None, Some(_)) => Some("tls.key is set, and needs tls.certificate".to_owned()),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

/// The header in which trusted proxies say whom they speak for. One of the two only: what a proxy does not write, it passes on
/// as a stranger sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded`, RFC 7239.
    Forwarded,
}

pub(super) fn proxy_header<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ProxyHeader, D::Error> {
    value::word(
        deserializer,
        &[
            ("x-forwarded-for", ProxyHeader::XForwardedFor),
            ("forwarded", ProxyHeader::Forwarded),
        ],
    )
}
