//! The plan: what the rules decided, in the words of the store.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::exotel::AnswerTemplate;
use crate::presence::store::View;
use crate::presence::{Customer, DialNews, Dialling, Facts, OfferRequest, OfferTarget, Sticky};
use crate::rules::RulesVersion;
use crate::telephony::{AccountName, CallSid, PhoneNumber};

/// Seeds are below this: what the random generator of a store's script takes.
const SEED_LIMIT: u64 = (1 << 31) - 1;

/// A rule, compiled: cloning what a request needs of it copies no list and no text.
#[derive(Debug)]
pub(super) struct RulePlan {
    /// What is kept with the call, parsed.
    pub(super) answer: Arc<StoredAnswer>,
    /// The same as text, as the store keeps it.
    template: Arc<str>,
    pub(super) targets: Arc<[OfferTarget]>,
    pub(super) dialling: Dialling,
    pub(super) stickiness: Option<Stickiness>,
}

/// What the account's rules make of who answered a customer last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stickiness {
    /// How long the store remembers it: as long as any rule asks for.
    pub(super) bound_for: Duration,
    /// What this rule makes of it, if it asks.
    pub(super) sticky: Option<Sticky>,
}

/// What is kept with the call besides whom to ring: enough to give the same answer again, on any instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredAnswer {
    /// The rule that decided; `None` when none took the call.
    #[serde(rename = "rule", skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<Arc<str>>,
    /// The version of its rules; `None` without rules.
    #[serde(rename = "version", skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<Arc<str>>,
    /// The status that takes the answer's place: what the fallback was when the call was answered first.
    #[serde(rename = "status", default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    /// The rest of the answer.
    #[serde(rename = "answer")]
    pub(super) template: AnswerTemplate,
}

/// One fetch, as far as the store must know it.
#[derive(Clone, Debug)]
pub(super) struct Fetch<'a> {
    pub(super) account: &'a AccountName,
    pub(super) call: &'a CallSid,
    pub(super) progress: &'a str,
    /// Who calls, if that is known.
    pub(super) caller: Option<PhoneNumber>,
    /// What is said of the last dial.
    pub(super) told: DialNews,
    pub(super) view: View,
}

impl RulePlan {
    pub(super) fn new(
        rule: Option<Arc<str>>,
        version: RulesVersion,
        targets: Arc<[OfferTarget]>,
        dialling: Dialling,
        template: AnswerTemplate,
    ) -> Self {
        let version = Some(Arc::from(version.to_string()));
        Self::from_answer(
            StoredAnswer {
                rule,
                version,
                status: None,
                template,
            },
            targets,
            dialling,
        )
    }

    /// The same plan in an account whose rules ask who answered a customer last.
    pub(super) fn with_stickiness(self, stickiness: Option<Stickiness>) -> Self {
        Self { stickiness, ..self }
    }

    /// The same plan, answered by this status.
    pub(super) fn with_status(self, status: u16) -> Self {
        let answer = StoredAnswer {
            status: Some(status),
            ..StoredAnswer::clone(&self.answer)
        };
        Self::from_answer(answer, self.targets, self.dialling)
    }

    /// A plan that rings nobody.
    pub(super) fn nobody(template: AnswerTemplate) -> Self {
        let dialling = Dialling {
            agents: NonZeroU8::MIN,
            at_once: Vec::new(),
            ring: Duration::ZERO,
            margin: Duration::ZERO,
            conversation: Duration::ZERO,
            reports_answers: false,
            is_outbound: false,
            attempts: NonZeroU8::MIN,
        };
        Self::from_answer(
            StoredAnswer {
                rule: None,
                version: None,
                status: None,
                template,
            },
            Arc::from([]),
            dialling,
        )
    }

    fn from_answer(answer: StoredAnswer, targets: Arc<[OfferTarget]>, dialling: Dialling) -> Self {
        // Plain fields with text keys: writing them cannot fail.
        let template = serde_json::to_string(&answer).unwrap_or_default();
        Self {
            answer: Arc::new(answer),
            template: Arc::from(template),
            targets,
            dialling,
            stickiness: None,
        }
    }

    fn customer(&self, fetch: &Fetch<'_>) -> Option<Customer> {
        let Stickiness { bound_for, sticky } = self.stickiness?;
        Some(Customer {
            number: fetch.caller?,
            bound_for,
            sticky,
        })
    }

    /// What the store is asked for one fetch.
    pub(super) fn request(&self, fetch: &Fetch<'_>, facts: Facts) -> OfferRequest {
        OfferRequest {
            account: fetch.account.clone(),
            call: fetch.call.clone(),
            progress: fetch.progress.to_owned(),
            facts,
            targets: Arc::clone(&self.targets),
            dialling: self.dialling.clone(),
            template: Arc::clone(&self.template),
            heartbeat: fetch.view.heartbeat,
            utc_offset_seconds: fetch.view.utc_offset_seconds,
            told: fetch.told.clone(),
            customer: self.customer(fetch),
            seed: seed(fetch.call, fetch.progress),
        }
    }

    /// Reads what the store kept. Mostly it is this plan's own, which is parsed already.
    pub(super) fn read_back(&self, template: &str) -> Result<Arc<StoredAnswer>, serde_json::Error> {
        if template == &*self.template {
            return Ok(Arc::clone(&self.answer));
        }
        serde_json::from_str(template).map(Arc::new)
    }
}

/// The rule that an answer came from, and the version of its rules, out of what is kept with a call; `None` where there was no
/// answer to the applet.
pub fn rule_of(template: &str) -> Option<(Option<String>, Option<String>)> {
    let answer: StoredAnswer = serde_json::from_str(template).ok()?;
    let text = |text: Arc<str>| text.to_string();
    Some((answer.rule.map(text), answer.version.map(text)))
}

/// The same fetch has the same seed on every instance.
pub(super) fn seed(call: &CallSid, progress: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    (call.as_str(), progress).hash(&mut hasher);
    u32::try_from(hasher.finish() % SEED_LIMIT).unwrap_or_default()
}
