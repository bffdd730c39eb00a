//! What an operator is told when no connection can be made: which setting to look at, and what it probably is.
//!
//! An address that is wrong shows itself in other words than its own: a port that wants TLS ends the connection, one that
//! doesn't know TLS says nothing. It is told once, at the first failure of many, and never with the address, which may hold
//! a password.

use std::sync::atomic::{AtomicBool, Ordering};

use redis::{ErrorKind, RedisError};

/// What the client says when the server does not open the database of the address.
const NO_DATABASE: &str = "switch database";

/// Whether connections fail at the moment.
#[derive(Debug)]
pub(super) struct Trouble {
    has_tls: bool,
    is_told: AtomicBool,
}

impl Trouble {
    /// None yet; `has_tls` says what the addresses ask for.
    pub(super) fn new(has_tls: bool) -> Self {
        Self {
            has_tls,
            is_told: AtomicBool::new(false),
        }
    }

    /// A connection was made, or failed like this.
    pub(super) fn note(&self, failure: Option<&RedisError>) {
        let was_told = self.is_told.swap(failure.is_some(), Ordering::Relaxed);
        if let Some(error) = failure
            && !was_told
        {
            let look_at = advice(error, self.has_tls);
            tracing::warn!(setting = "store.url", cause = %error, look_at, "no connection to Redis can be made");
        }
    }
}

/// What it probably is.
fn advice(error: &RedisError, has_tls: bool) -> &'static str {
    let code = error.code().unwrap_or_default();
    if error.kind() == ErrorKind::AuthenticationFailed || ["WRONGPASS", "NOAUTH"].contains(&code) {
        "user and password in store.url (other characters than letters and digits as %XX): the server refuses them"
    } else if error.to_string().contains(NO_DATABASE) {
        "the database at the end of store.url, /0 if there is none: the server does not open it"
    } else if error.is_connection_refusal() {
        "host and port in store.url: nobody listens there"
    } else if error.is_timeout() && has_tls {
        "store.url asks for TLS (rediss://), and nobody answers: a port without TLS needs redis://; else host, port and network"
    } else if error.is_timeout() {
        "host, port and network of store.url: nobody answers within store.connect_timeout_ms"
    } else if error.is_connection_dropped() && !has_tls {
        "store.url asks for no TLS (redis://), and the connection is ended: a port with TLS needs rediss://"
    } else if has_tls {
        "certificates: store.ca_file must name the authority of the server's, and that the host in store.url; a server that \
         asks for one needs store.certificate_file; a port without TLS needs redis://"
    } else {
        "store.url, and the server's own log"
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rstest::rstest;

    use super::*;

    fn io(kind: io::ErrorKind) -> RedisError {
        RedisError::from(io::Error::from(kind))
    }

    #[rstest]
    #[case::a_plain_port_for_tls(io(io::ErrorKind::TimedOut), true, "needs redis://")]
    #[case::a_firewall(io(io::ErrorKind::TimedOut), false, "connect_timeout_ms")]
    #[case::a_tls_port_for_plain(io(io::ErrorKind::ConnectionReset), false, "needs rediss://")]
    #[case::an_unknown_authority(io(io::ErrorKind::InvalidData), true, "store.ca_file")]
    #[case::nobody(io(io::ErrorKind::ConnectionRefused), true, "nobody listens")]
    #[case::a_wrong_password((ErrorKind::AuthenticationFailed, "no").into(), false, "password")]
    #[case::a_missing_database((ErrorKind::Client, "refused to switch database").into(), false, "/0")]
    fn the_advice_fits_what_was_seen(
        #[case] error: RedisError,
        #[case] has_tls: bool,
        #[case] word: &str,
    ) {
        let advice = advice(&error, has_tls);
        assert!(advice.contains(word), "{advice}");
    }
}
