//! Which decisions are asked for.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::web::Query;
use serde::Deserialize;
use serde_json::Value;

use crate::clock::Timestamp;
use crate::presence::LogId;
use crate::routing::{FallbackReason, RoutingBook};
use crate::server::explain;
use crate::server::problem::{ApiError, FieldError};
use crate::telephony::{CallSid, PhoneNumber, duration};

const MOST: usize = 200;
const USUAL: usize = 50;
const LONGEST: usize = 256;
/// What is said of a parameter that recurs: nobody can tell which of its values is meant.
pub(super) const ONCE: &str = "is there more than once; send one";

/// Outcomes besides those of fallbacks.
const OUTCOMES: [&str; 6] = [
    "offered",
    "nobody",
    "replayed",
    "fallback",
    "started",
    "not_started",
];

/// What a decision must be.
#[derive(Debug, Default)]
pub(super) struct Filter {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: Option<usize>,
    cursor: Option<LogId>,
    rule: Option<String>,
    queue: Option<String>,
    agent: Option<String>,
    outcome: Option<String>,
    call: Option<String>,
    caller: Option<AskedCaller>,
    passed_over: bool,
}

/// Who called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AskedCaller {
    Number(PhoneNumber),
    /// Whoever hides the number.
    Hidden,
}

/// The word for it.
const HIDDEN: &str = "hidden";

/// What of an entry is looked at, whatever its kind.
#[derive(Deserialize)]
struct Seen<'text> {
    #[serde(borrow, default)]
    kind: Cow<'text, str>,
    #[serde(borrow)]
    at: Cow<'text, str>,
    #[serde(borrow, default)]
    rule: Option<Cow<'text, str>>,
    #[serde(borrow, default)]
    outcome: Cow<'text, str>,
    #[serde(borrow, default)]
    call: Cow<'text, str>,
    #[serde(borrow, default)]
    call_at_exotel: Option<Cow<'text, str>>,
    #[serde(borrow, default)]
    caller: Cow<'text, str>,
    /// Of a call that we started.
    #[serde(borrow, default)]
    agent: Option<Cow<'text, str>>,
    #[serde(borrow, default)]
    queue: Option<Cow<'text, str>>,
    #[serde(borrow, default)]
    targets: Vec<SeenTarget<'text>>,
    #[serde(borrow, default)]
    rings: Vec<SeenRing<'text>>,
}

#[derive(Deserialize)]
struct SeenTarget<'text> {
    #[serde(borrow, default)]
    queue: Option<Cow<'text, str>>,
    #[serde(default)]
    open: bool,
}

#[derive(Deserialize)]
struct SeenRing<'text> {
    #[serde(borrow, default)]
    agent: Option<Cow<'text, str>>,
}

impl Filter {
    /// Reads the query, and names every part of it that is not understood: a misspelt filter must not show everything.
    pub(super) fn read(query: &str, book: &RoutingBook, now: Timestamp) -> Result<Self, ApiError> {
        let pairs = Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|error| ApiError::Invalid(vec![FieldError::new("", error)]))?;
        let mut filter = Self::default();
        let mut errors = Vec::new();
        let mut names = BTreeSet::new();
        for (name, value) in pairs.into_inner() {
            if !names.insert(name.clone()) {
                errors.push(FieldError::new(name, ONCE));
            } else if let Err(message) = filter.set(&name, value, book, now) {
                errors.push(FieldError::new(name, message));
            }
        }
        if errors.is_empty() {
            Ok(filter)
        } else {
            Err(ApiError::Invalid(errors))
        }
    }

    fn set(
        &mut self,
        name: &str,
        value: String,
        book: &RoutingBook,
        now: Timestamp,
    ) -> Result<(), String> {
        if value.len() > LONGEST {
            return Err(format!("must have at most {LONGEST} bytes"));
        }
        match name {
            "since" => self.since = Some(moment(&value, book, now)?),
            "until" => self.until = Some(moment(&value, book, now)?),
            "limit" => self.limit = Some(limit(&value)?),
            "cursor" => {
                let cursor = LogId::parse(&value);
                self.cursor = Some(cursor.ok_or("must be what `next` said of the page before")?);
            }
            "rule" => self.rule = Some(value),
            "queue" => self.queue = Some(value),
            "agent" => self.agent = Some(value),
            "outcome" => self.outcome = Some(outcome(value)?),
            "call" => {
                let call = CallSid::parse(&value).map_err(|error| error.to_string())?;
                self.call = Some(call.to_string());
            }
            "caller" if value.eq_ignore_ascii_case(HIDDEN) => {
                self.caller = Some(AskedCaller::Hidden);
            }
            "caller" => {
                let number = PhoneNumber::parse(&value, book.country());
                let number =
                    number.map_err(|error| format!("{error}; or {HIDDEN} for hidden numbers"))?;
                self.caller = Some(AskedCaller::Number(number));
            }
            "passed_over" => {
                let wanted = value.parse();
                self.passed_over = wanted.map_err(|_neither| "must be true or false".to_owned())?;
            }
            _ => {
                return Err("is not known; known are since, until, limit, cursor, rule, queue, agent, outcome, call, caller, passed_over".to_owned());
            }
        }
        Ok(())
    }

    /// How many are asked for.
    pub(super) fn limit(&self) -> usize {
        self.limit.unwrap_or(USUAL)
    }

    /// Is it to be counted who was not rung?
    pub(super) fn wants_passed_over(&self) -> bool {
        self.passed_over
    }

    /// Nothing that stands at or before this is asked for: nothing is written before it happens.
    pub(super) fn not_before(&self) -> Option<LogId> {
        let since = self.since?.minus(Duration::from_secs(5));
        Some(LogId::at(since))
    }

    /// Nothing that stands at or behind this is asked for, where everything is written within `delay`.
    pub(super) fn not_after(&self, delay: Duration) -> Option<LogId> {
        let until = self.until.map(|until| {
            let written = until.plus(delay).plus(Duration::from_millis(1));
            LogId::at(written)
        });
        match (until, self.cursor) {
            (Some(until), Some(cursor)) => Some(until.min(cursor)),
            (until, cursor) => until.or(cursor),
        }
    }

    fn is_open(&self) -> bool {
        matches!(
            self,
            Self {
                since: None,
                until: None,
                rule: None,
                queue: None,
                agent: None,
                outcome: None,
                call: None,
                caller: None,
                ..
            }
        )
    }

    /// Is this entry asked for? One that cannot be read is, when everything is.
    pub(super) fn admits(&self, text: &str) -> bool {
        if self.is_open() {
            return true;
        }
        serde_json::from_str(text).is_ok_and(|seen: Seen<'_>| self.fits(&seen))
    }

    fn fits(&self, seen: &Seen<'_>) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        let text = |found: &Option<Cow<'_, str>>| found.as_deref().unwrap_or_default().to_owned();
        is(&self.rule, &text(&seen.rule))
            && (is(&self.call, &seen.call) || is(&self.call, &text(&seen.call_at_exotel)))
            && self.fits_time(&seen.at)
            && self.fits_outcome(&seen.outcome)
            && self.queue.as_ref().is_none_or(|queue| seen.asked(queue))
            && self.agent.as_ref().is_none_or(|agent| seen.rang(agent))
            && self.caller.is_none_or(|caller| seen.is_of(caller))
    }

    fn fits_time(&self, at: &str) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let Ok(at) = at.parse::<jiff::Timestamp>().map(Timestamp::from) else {
            return false;
        };
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }

    fn fits_outcome(&self, outcome: &str) -> bool {
        self.outcome.as_ref().is_none_or(|wanted| {
            let is_any_fallback = wanted == "fallback" && outcome.starts_with("fallback-");
            wanted == outcome || is_any_fallback
        })
    }
}

impl Seen<'_> {
    /// Did this caller call?
    fn is_of(&self, caller: AskedCaller) -> bool {
        match caller {
            // Where numbers are masked, all callers with this mask fit.
            AskedCaller::Number(caller) => {
                self.caller == caller.to_string() || self.caller == caller.masked().to_string()
            }
            // Nobody calls where we start the call.
            AskedCaller::Hidden => {
                self.caller.is_empty() && matches!(&*self.kind, "decision" | "replay")
            }
        }
    }

    /// Was this queue open to the call?
    fn asked(&self, queue: &str) -> bool {
        let is_it = |found: &Option<Cow<'_, str>>| found.as_deref() == Some(queue);
        let mut open = self.targets.iter().filter(|target| target.open);
        is_it(&self.queue) || open.any(|target| is_it(&target.queue))
    }

    /// Was this agent rung?
    fn rang(&self, agent: &str) -> bool {
        let is_it = |found: &Option<Cow<'_, str>>| found.as_deref() == Some(agent);
        is_it(&self.agent) || self.rings.iter().any(|ring| is_it(&ring.agent))
    }
}

fn limit(value: &str) -> Result<usize, String> {
    let limit = value.parse().ok();
    limit
        .filter(|limit| (1..=MOST).contains(limit))
        .ok_or_else(|| format!("must be a number from 1 to {MOST}"))
}

fn outcome(value: String) -> Result<String, String> {
    let is_fallback = |reason: &FallbackReason| reason.code() == value;
    if OUTCOMES.contains(&value.as_str()) || FallbackReason::ALL.iter().any(is_fallback) {
        return Ok(value);
    }
    let known = OUTCOMES.join(", ");
    Err(format!(
        "must be {known}, or a fallback with its reason, such as fallback-deadline"
    ))
}

/// A moment, with an offset or on the wall clocks of the account; or how long ago it was.
pub(in crate::server) fn moment(
    text: &str,
    book: &RoutingBook,
    now: Timestamp,
) -> Result<Timestamp, String> {
    if let Ok(ago) = duration::parse(text) {
        return Ok(now.minus(ago));
    }
    // A plus that stands in a query means a blank.
    let text = match text.rsplit_once(' ') {
        Some((before, offset)) if offset.contains(':') && before.contains('T') => {
            format!("{before}+{offset}")
        }
        _ => text.to_owned(),
    };
    explain::moment(&Value::String(text), book.time_zone())
        .map_err(|why| format!("{why}; or how long ago, such as 30m"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::routing::Surroundings;
    use crate::rules::RuleBook;

    const RULES: &str = "
country: IN
time_zone: Asia/Kolkata
rules: []
fallback: { numbers: [] }
";
    /// 2026-11-23 11:00 in India.
    const NOW: Timestamp = Timestamp::from_millis(1_795_411_800_000);

    fn filter(query: &str) -> Result<Filter, String> {
        let rules = RuleBook::parse("rules/default.yaml", RULES).unwrap();
        let book = RoutingBook::new(Arc::new(rules), &Surroundings::default());
        Filter::read(query, &book, NOW).map_err(|error| error.to_string())
    }

    const ENTRY: &str = r#"{"kind":"decision","v":1,"at":"2026-11-23T10:59:00.000+05:30","call":"one","caller":"+9198xxxxx678",
        "rule":"to \"sales\"","outcome":"fallback-deadline","targets":[{"queue":"sales","open":true},{"queue":"late","open":false}],
        "rings":[{"agent":"asha","contact_uri":"sip:asha"}]}"#;

    fn admits(query: &str) -> bool {
        filter(query).unwrap().admits(ENTRY)
    }

    #[test]
    fn an_entry_has_to_fit_in_everything_that_is_asked() {
        for fits in [
            "",
            "limit=7",
            "rule=to+%22sales%22&call=one",
            "queue=sales&agent=asha",
            "outcome=fallback",
            "outcome=fallback-deadline",
            "caller=09812345678",
            "since=2m&until=30s",
            "since=2026-11-23T10:59",
            "since=2026-11-23T10:59:00+05:30",
            "since=2026-11-23T10:59:00%2B05:30",
        ] {
            assert!(admits(fits), "{fits}");
        }
        for not in [
            "rule=sales",
            "call=two",
            "queue=late",
            "agent=bilal",
            "outcome=offered",
            "outcome=fallback-no-rule",
            "caller=09812345679",
            "since=30s",
            "until=2026-11-23T10:59",
            "agent=asha&rule=other",
        ] {
            assert!(!admits(not), "{not}");
        }
    }

    #[test]
    fn calls_with_a_hidden_number_are_found_and_those_that_we_started_are_none() {
        let filter = filter("caller=Hidden").unwrap();
        let entry = |text: &str| format!(r#"{{{text},"at":"2026-11-23T10:59:00.000+05:30"}}"#);
        assert!(filter.admits(&entry(r#""kind":"decision""#)));
        assert!(filter.admits(&entry(r#""kind":"replay""#)));
        assert!(!filter.admits(&entry(r#""kind":"click""#)));
        assert!(!filter.admits(ENTRY));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for query in [
            "limit=5&limit=6",
            "call=one&call=one",
            "limit=0",
            "limit=201",
            "limit=x",
            "cursor=abc",
            "outcome=ofered",
            "since=yesterday",
            "caller=abc",
            "calls=one",
        ] {
            assert!(filter(query).is_err(), "{query}");
        }
        assert_eq!(filter("limit=200").unwrap().limit(), 200);
    }

    #[test]
    fn what_was_written_late_is_found_where_it_belongs() {
        let filter = filter("until=1m&since=2m").unwrap();
        let until = NOW.minus(Duration::from_mins(1));
        let not_after = filter.not_after(Duration::from_mins(10)).unwrap();
        assert!(not_after > LogId::at(until.plus(Duration::from_mins(9))));
        assert!(not_after < LogId::at(until.plus(Duration::from_mins(11))));
        assert!(filter.not_before().unwrap() < LogId::at(NOW.minus(Duration::from_mins(2))));
    }
}
