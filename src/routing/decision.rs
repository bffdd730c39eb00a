//! What came of one fetch, with its reasons: the answer and the log line are taken from the same value.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::exotel::ConnectRequest;
use crate::presence::{Facts, Looked, Offered, WhyNobody};
use crate::telephony::{AccountName, told};

/// What came of one fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// In one word.
    pub outcome: Outcome,
    /// The rule that decided.
    pub rule: Option<Arc<str>>,
    /// The version of its rules.
    pub version: Option<Arc<str>>,
    /// Which attempt of the call this is, from 1; 0 when the store did not say.
    pub attempt: u8,
    /// Whom to ring, in order.
    pub destinations: Vec<Offered>,
    /// What Exotel is told.
    pub reply: Reply,
    /// Why nobody is rung, as far as the store says.
    pub nobody: Option<WhyNobody>,
    /// How long its parts took.
    pub timing: Timing,
    /// What is written down about it besides.
    pub background: Background,
}

/// How a decision came about: for its record, not for the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Background {
    /// When the rules were asked, by this process's clock; `None` where nothing came of it.
    pub planned_at: Option<Timestamp>,
    /// What of the call's first fetch they were asked with.
    pub facts: Facts,
    /// When the store answered, by its clock; `None` when it did not.
    pub settled_at: Option<Timestamp>,
    /// How long the call had waited by then since its first fetch; `None` in a replay.
    pub waited: Option<Duration>,
    /// Is there no further answer to the call?
    pub last: bool,
    /// Did the caller get the agent of their last answered call? `None` where that was no question.
    pub went_back: Option<bool>,
    /// What the search for agents met, besides whom it found.
    pub looked: Looked,
}

/// How long the parts of a decision took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Finding the rule; `None` when none was looked for.
    pub matching: Option<Part>,
    /// Waiting for the store; `None` when it was not asked.
    pub store: Option<Part>,
}

/// A part of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// When it began, for the first time if it came again.
    pub began: Instant,
    /// How long it took, all together.
    pub took: Duration,
}

/// What Exotel is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 200 with this JSON.
    Answer(String),
    /// This status and no body, as the account's fallback says: Exotel then asks its own Fallback URL.
    Status(u16),
}

/// A decision in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody is to be rung.
    Offered,
    /// The rule was followed, and nobody is to be rung.
    Nobody,
    /// An equal fetch was answered before; this is its answer.
    Replayed,
    /// No decision could be made.
    Fallback(FallbackReason),
}

/// Why no decision could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FallbackReason {
    /// The request names no call; nothing is reserved for nobody.
    NoCallSid,
    /// The account has no usable rules.
    NoRules,
    /// No rule takes the call.
    NoRule,
    /// The deadline passed.
    Deadline,
    /// The deadline passed while the store was still indexing the queues.
    Unindexed,
    /// The store is known to fail and was not asked.
    BreakerOpen,
    /// The store failed.
    StoreFailed,
    /// The store kept an answer that this version cannot read.
    Unreadable,
    /// The store asked again for what it had just been given.
    Unsettled,
    /// The account sends more fetches than are decided for it; the store was not asked.
    RateLimited,
}

impl Outcome {
    /// A short stable word for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Nobody => "nobody",
            Self::Replayed => "replayed",
            Self::Fallback(reason) => reason.code(),
        }
    }
}

impl FallbackReason {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::NoCallSid,
        Self::NoRules,
        Self::NoRule,
        Self::Deadline,
        Self::Unindexed,
        Self::BreakerOpen,
        Self::StoreFailed,
        Self::Unreadable,
        Self::Unsettled,
        Self::RateLimited,
    ];

    /// The same as [`Self::code`], where it is clear that it is about fallbacks.
    pub fn word(self) -> &'static str {
        let code = self.code();
        code.strip_prefix("fallback-").unwrap_or(code)
    }

    /// A short stable word for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoCallSid => "fallback-no-call-sid",
            Self::NoRules => "fallback-no-rules",
            Self::NoRule => "fallback-no-rule",
            Self::Deadline => "fallback-deadline",
            Self::Unindexed => "fallback-unindexed",
            Self::BreakerOpen => "fallback-breaker-open",
            Self::StoreFailed => "fallback-store-failed",
            Self::Unreadable => "fallback-unreadable",
            Self::Unsettled => "fallback-unsettled",
            Self::RateLimited => "fallback-rate-limited",
        }
    }
}

impl Decision {
    /// The reply, to be sent; what stays is for the record, and has none.
    pub fn take_reply(&mut self) -> Reply {
        std::mem::replace(&mut self.reply, Reply::Answer(String::new()))
    }

    /// Writes the one log line of a fetch: no key, no body, no full number.
    pub fn log(&self, account: &AccountName, request: &ConnectRequest, took: Duration) {
        tracing::info!(
            account = account.as_str(),
            call = request.call.as_ref().map(tracing::field::display),
            caller = %request.caller,
            dialed = %request.dialed,
            outcome = self.outcome.code(),
            rule = self.rule.as_deref(),
            rules_version = self.version.as_deref(),
            attempt = self.attempt,
            rings = %Rings(&self.destinations),
            match_us = self.timing.matching.map(|part| micros(part.took)),
            store_us = self.timing.store.map(|part| micros(part.took)),
            took_us = micros(took),
            "decided"
        );
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

/// Whom an answer rings: agents by id, numbers masked.
struct Rings<'a>(&'a [Offered]);

impl fmt::Display for Rings<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, destination) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" ")?;
            }
            match &destination.agent {
                Some(agent) => formatter.write_str(&told(agent.as_str()))?,
                None => write!(formatter, "{}", destination.uri.masked())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::*;
    use crate::exotel::Parameters;
    use crate::telephony::{AgentId, ContactUri, Country};

    /// What was logged.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_log_line_names_the_agent_and_hides_numbers_and_the_key() {
        let query = "key=hush&CallSid=one&From=09812345678&To=01135124157&digits=%225%22";
        let request = ConnectRequest::read(&Parameters::from_query(query).unwrap(), Country::INDIA);
        let ring = |agent: Option<&str>| Offered {
            uri: ContactUri::from_canonical("+919812345678").unwrap(),
            agent: agent.map(|id| AgentId::parse(id).unwrap()),
            queue: None,
        };
        let decision = Decision {
            outcome: Outcome::Offered,
            rule: Some(Arc::from("vip")),
            version: Some(Arc::from("abc")),
            attempt: 2,
            destinations: vec![ring(Some("asha")), ring(None)],
            reply: Reply::Answer("{}".to_owned()),
            nobody: None,
            background: Background::default(),
            timing: Timing {
                matching: Some(Part {
                    began: Instant::now(),
                    took: Duration::from_micros(7),
                }),
                store: None,
            },
        };
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .without_time()
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            decision.log(&AccountName::default(), &request, Duration::from_micros(42));
        });
        let line = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        insta::assert_snapshot!(line.trim(), @r#"INFO ringmaster::routing::decision: decided account="default" call=one caller=+9198xxxxx678 dialed=+9111xxxxx157 outcome="offered" rule="vip" rules_version="abc" attempt=2 rings=asha +9198xxxxx678 match_us=7 took_us=42"#);
    }
}
