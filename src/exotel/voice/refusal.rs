//! Exotel's errors by name, and what each means for whoever asked.

use std::cmp::Reverse;
use std::fmt;

use super::shown::{fit_to_show, request_id, without_keys};
use crate::telephony::CallSid;

/// Why Exotel refused. The numbers are the contract's table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reason {
    /// 1010, or 401 without a code.
    AuthenticationFailed,
    /// 1012.
    DeviceOff,
    /// 1100.
    InternalError,
    /// 10705.
    DeviceUnverified,
    /// 10706.
    DeviceBusy,
    /// 10716.
    VirtualNumberNotFound,
    /// 10717.
    DoNotDisturb,
    /// 10724, or 429 without a code.
    TooManyRequests,
    /// 10725.
    InvalidBody,
    /// 10731.
    UserNotFound,
    /// 10744.
    CallNotFound,
    /// A code that the contract does not name, or none.
    Unknown,
}

impl Reason {
    /// Each that has a number of its own.
    pub const NUMBERED: [(i64, Self); 11] = [
        (1010, Self::AuthenticationFailed),
        (1012, Self::DeviceOff),
        (1100, Self::InternalError),
        (10705, Self::DeviceUnverified),
        (10706, Self::DeviceBusy),
        (10716, Self::VirtualNumberNotFound),
        (10717, Self::DoNotDisturb),
        (10724, Self::TooManyRequests),
        (10725, Self::InvalidBody),
        (10731, Self::UserNotFound),
        (10744, Self::CallNotFound),
    ];

    /// The reason behind a code of Exotel's; the status decides where there is no code.
    pub fn of(code: Option<i64>, status: u16) -> Self {
        let Some(code) = code else {
            return match status {
                401 => Self::AuthenticationFailed,
                429 => Self::TooManyRequests,
                _ => Self::Unknown,
            };
        };
        let known = Self::NUMBERED.iter().find(|(number, _)| *number == code);
        known.map_or(Self::Unknown, |(_, reason)| *reason)
    }

    /// A short stable word for logs, metrics and answers.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AuthenticationFailed => "authentication_failed",
            Self::DeviceOff => "device_off",
            Self::InternalError => "exotel_internal_error",
            Self::DeviceUnverified => "device_unverified",
            Self::DeviceBusy => "device_busy",
            Self::VirtualNumberNotFound => "virtual_number_not_found",
            Self::DoNotDisturb => "do_not_disturb",
            Self::TooManyRequests => "too_many_requests",
            Self::InvalidBody => "invalid_body",
            Self::UserNotFound => "user_not_found",
            Self::CallNotFound => "call_not_found",
            Self::Unknown => "refused",
        }
    }

    /// What happened, and what to do about it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::AuthenticationFailed => {
                "Exotel does not know this API key and token; compare both, the account's SID and the region with Exotel's API settings"
            }
            Self::DeviceOff => "the agent's device is off at Exotel; switch it on there",
            Self::InternalError => {
                "Exotel failed by itself; whether anything was done is not known"
            }
            Self::DeviceUnverified => {
                "the agent's device is not verified at Exotel; verify it there"
            }
            Self::DeviceBusy => "the agent's device is on another call",
            Self::VirtualNumberNotFound => "the virtual number is no ExoPhone of this account",
            Self::DoNotDisturb => "the customer's number is on the do-not-disturb registry",
            Self::TooManyRequests => "the account has asked Exotel too often; wait",
            Self::InvalidBody => "Exotel could not use the request",
            Self::UserNotFound => "Exotel knows no such user",
            Self::CallNotFound => "Exotel knows no such call",
            Self::Unknown => "Exotel refused",
        }
    }

    /// Is it for whoever asked to mend? Then nothing is wrong at this end or at Exotel's.
    pub const fn is_for_the_asker(self) -> bool {
        match self {
            Self::VirtualNumberNotFound | Self::DoNotDisturb | Self::InvalidBody => true,
            Self::AuthenticationFailed
            | Self::DeviceOff
            | Self::InternalError
            | Self::DeviceUnverified
            | Self::DeviceBusy
            | Self::TooManyRequests
            | Self::UserNotFound
            | Self::CallNotFound
            | Self::Unknown => false,
        }
    }
}

/// A refusal, whole: also one that nobody has seen before can be told from its error.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why, by name.
    pub reason: Reason,
    /// The status: the body's own, else that of HTTP. A refusal may come with 200.
    pub status: u16,
    /// Exotel's number for it.
    pub code: Option<i64>,
    /// Exotel's words: a message, and often a description. They may quote numbers; `Display` masks them.
    pub message: Option<String>,
    /// The request's name at Exotel, for its support.
    pub request_id: Option<String>,
    /// A call that Exotel names in spite of its refusal. None is known to come; if one does, it may be ringing.
    pub call: Option<CallSid>,
}

impl Refusal {
    /// Could the same request succeed a moment later?
    pub const fn is_transient(&self) -> bool {
        match self.reason {
            Reason::TooManyRequests | Reason::InternalError => true,
            Reason::Unknown => self.is_of_the_server(),
            Reason::AuthenticationFailed
            | Reason::DeviceOff
            | Reason::DeviceUnverified
            | Reason::DeviceBusy
            | Reason::VirtualNumberNotFound
            | Reason::DoNotDisturb
            | Reason::InvalidBody
            | Reason::UserNotFound
            | Reason::CallNotFound => false,
        }
    }

    /// Is it certain that nothing was done? Not where the server failed in the middle of it.
    pub const fn nothing_was_done(&self) -> bool {
        self.call.is_none() && self.is_refused_before_anything()
    }

    const fn is_refused_before_anything(&self) -> bool {
        match self.reason {
            Reason::InternalError => false,
            // A redirect says neither yes nor no.
            Reason::Unknown => !self.is_of_the_server() && !matches!(self.status, 300..=399),
            Reason::AuthenticationFailed
            | Reason::DeviceOff
            | Reason::DeviceUnverified
            | Reason::DeviceBusy
            | Reason::VirtualNumberNotFound
            | Reason::DoNotDisturb
            | Reason::TooManyRequests
            | Reason::InvalidBody
            | Reason::UserNotFound
            | Reason::CallNotFound => true,
        }
    }

    /// The same with each of these texts taken out of Exotel's words: an error must not carry our own credentials. What
    /// follows a `key=` or a `Basic` goes too, for a quotation may end in the middle of a secret.
    #[must_use]
    pub fn without(mut self, secrets: &[&str]) -> Self {
        let mut secrets: Vec<_> = secrets.iter().filter(|text| !text.is_empty()).collect();
        // One may be a part of another: what is left of the longer one would be told.
        secrets.sort_unstable_by_key(|secret| Reverse(secret.len()));
        for text in [&mut self.message, &mut self.request_id]
            .into_iter()
            .flatten()
        {
            for secret in &secrets {
                *text = text.replace(**secret, "…");
            }
            *text = without_keys(text);
        }
        self
    }

    /// 408 is a server that gave up on a request which it may have passed on.
    const fn is_of_the_server(&self) -> bool {
        self.status >= 500 || self.status == 408
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} (status {}",
            self.reason.sentence(),
            self.status
        )?;
        if let Some(code) = self.code {
            write!(formatter, ", code {code}")?;
        }
        if let Some(id) = &self.request_id {
            write!(formatter, ", request {}", request_id(id))?;
        }
        formatter.write_str(")")?;
        match &self.message {
            Some(message) => write!(formatter, ": {}", fit_to_show(message)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Refusal {
    /// As for people: the message is masked.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Refusal({:?}: {self})", self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str, secrets: &[&str]) -> String {
        let refusal = Refusal {
            reason: Reason::InvalidBody,
            status: 400,
            code: None,
            message: Some(message.to_owned()),
            request_id: None,
            call: None,
        };
        refusal.without(secrets).message.unwrap()
    }

    #[test]
    fn a_secret_that_is_a_part_of_another_leaves_nothing_of_it() {
        assert_eq!(
            said("it was change-me-too", &["change-me", "change-me-too"]),
            "it was …"
        );
        assert_eq!(said("nothing secret", &[""]), "nothing secret");
    }
}
