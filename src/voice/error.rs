//! Everything that can go wrong with a request to Exotel, each by its own name.

use std::time::Duration;

use thiserror::Error;

use super::limit::NotTaken;
use crate::exotel::voice::{Refusal, Unreadable};

/// Why there is no answer that can be used. No credentials, no address and no body is in any of them.
#[derive(Debug, Error)]
pub enum VoiceError {
    /// The account's requests are used up, or cannot be counted. Nothing was sent.
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    /// The request could not be written. Nothing was sent.
    #[error("the request to Exotel cannot be written")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No connection: refused, no such host, no TLS, or not in time. Nothing was sent.
    #[error("Exotel cannot be reached; is its address right, and may this machine connect to it?")]
    Unreachable(#[source] reqwest::Error),
    /// Exotel says no.
    #[error("{refusal}")]
    Refused {
        /// What it says.
        refusal: Refusal,
        /// When to ask again, if it says so.
        retry_after: Option<Duration>,
    },
    /// The request was sent, and nothing came back in time.
    #[error("Exotel did not answer within {0:?}")]
    Silent(Duration),
    /// The request was sent, at least in part, and the connection broke before the answer was there.
    #[error("the connection to Exotel broke before its answer was there")]
    Cut(#[source] reqwest::Error),
    /// An answer that is none of Exotel's, such as the HTML of something in between.
    #[error("Exotel answered {status} with something that cannot be read")]
    Unreadable {
        /// The status of HTTP.
        status: u16,
        /// What is wrong with it.
        #[source]
        fault: Unreadable,
    },
    /// An answer without an end.
    #[error("Exotel answered {status} with more than {most} bytes")]
    TooLong {
        /// The status of HTTP.
        status: u16,
        /// How many are read.
        most: usize,
    },
}

/// May the call that was to be made have been placed all the same?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It was not: whoever was reserved for it is free, and it may be tried again.
    No,
    /// Nobody knows: to try again could ring the customer twice.
    Unknown,
}

impl VoiceError {
    /// A short stable word for logs, metrics and answers.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotTaken(NotTaken::Full(_)) => "rate_limited",
            Self::NotTaken(NotTaken::Uncounted(_)) => "uncounted",
            Self::Unwritable(_) => "unwritable",
            Self::Unreachable(_) => "unreachable",
            Self::Refused { refusal, .. } => refusal.reason.code(),
            Self::Silent(_) => "silent",
            Self::Cut(_) => "cut",
            Self::Unreadable { .. } => "unreadable",
            Self::TooLong { .. } => "too_long",
        }
    }

    /// Could the same request succeed a moment later? Whether it may be sent again is another question: [`Self::placed`].
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NotTaken(_) | Self::Unreachable(_) | Self::Silent(_) | Self::Cut(_) => true,
            Self::Refused { refusal, .. } => refusal.is_transient(),
            Self::Unreadable { status, .. } | Self::TooLong { status, .. } => {
                !was_turned_away(*status) && *status >= 400
            }
            Self::Unwritable(_) => false,
        }
    }

    /// May the call that was to be made have been placed all the same?
    pub fn placed(&self) -> Placed {
        let surely_not = match self {
            Self::NotTaken(_) | Self::Unwritable(_) | Self::Unreachable(_) => true,
            Self::Refused { refusal, .. } => refusal.nothing_was_done(),
            Self::Unreadable { status, .. } | Self::TooLong { status, .. } => {
                was_turned_away(*status)
            }
            Self::Silent(_) | Self::Cut(_) => false,
        };
        if surely_not {
            Placed::No
        } else {
            Placed::Unknown
        }
    }

    /// When to ask again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotTaken(NotTaken::Full(wait)) => Some(*wait),
            Self::Refused { retry_after, .. } => *retry_after,
            Self::NotTaken(NotTaken::Uncounted(_))
            | Self::Unwritable(_)
            | Self::Unreachable(_)
            | Self::Silent(_)
            | Self::Cut(_)
            | Self::Unreadable { .. }
            | Self::TooLong { .. } => None,
        }
    }
}

/// A status that says that the request was not carried out. 408 is a server that gave up in the middle, and a redirect says
/// neither yes nor no.
fn was_turned_away(status: u16) -> bool {
    (400..500).contains(&status) && status != 408
}
