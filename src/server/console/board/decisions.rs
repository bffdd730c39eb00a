//! Decisions: one line for each entry of the log, which leads to the story of its call.

use std::collections::BTreeMap;
use std::time::Duration;

use askama::Template;

use super::{Item, rendered};
use crate::presence::Logged;
use crate::routing::log::LogEntry;
use crate::routing::log::entry::{ClickEntry, DecisionEntry, RingEntry};
use crate::telephony::duration;

/// A line.
#[derive(Debug, Template)]
#[template(path = "decision.html")]
struct Line {
    id: String,
    call: String,
    clock: String,
    kind: &'static str,
    /// What came of it, in words.
    outcome: String,
    caller: String,
    /// By which rule, and after how long.
    detail: String,
}

/// The entry as it is listed; `None` for what is no decision of its own.
pub(super) fn item(entry: &Logged, names: &BTreeMap<String, String>) -> Option<Item> {
    let line = match serde_json::from_str(&entry.text).ok()? {
        LogEntry::Decision(decision) => of_decision(entry, &decision, names),
        LogEntry::Click(click) => of_click(entry, &click, names),
        LogEntry::Replay(_) | LogEntry::Report(_) | LogEntry::Unknown => return None,
    };
    Some(Item {
        id: line.id.clone(),
        html: rendered(&line),
    })
}

fn of_decision(entry: &Logged, decision: &DecisionEntry, names: &BTreeMap<String, String>) -> Line {
    let (kind, outcome) = outcome(decision, names);
    let mut detail = vec![match &decision.rule {
        Some(rule) => rule.to_string(),
        None => "no rule".to_owned(),
    }];
    if decision.attempt > 1 {
        detail.push(format!("attempt {}", decision.attempt));
    }
    if let Some(waited) = decision.waited_ms.filter(|waited| *waited >= 1_000) {
        let waited = Duration::from_secs(waited / 1_000);
        detail.push(format!("after {}", duration::format(waited)));
    }
    Line {
        id: entry.id.to_string(),
        call: decision.call.clone(),
        clock: clock(&decision.at),
        kind,
        outcome,
        caller: match decision.caller.as_str() {
            "" => "hidden number".to_owned(),
            caller => caller.to_owned(),
        },
        detail: detail.join(" · "),
    }
}

fn outcome(decision: &DecisionEntry, names: &BTreeMap<String, String>) -> (&'static str, String) {
    if decision.outcome == "offered" {
        let rings = decision.rings.iter();
        let rings: Vec<_> = rings.map(|ring| whom(ring, names)).collect();
        return ("offered", format!("rings {}", rings.join(", ")));
    }
    if decision.outcome.starts_with("fallback") {
        return (
            "fallback",
            format!(
                "the fallback: {}",
                decision
                    .outcome
                    .trim_start_matches("fallback-")
                    .replace('-', " ")
            ),
        );
    }
    let why = match decision.why.as_deref() {
        Some("rule") => "nobody, by the rule",
        Some("nobody_ready") => "nobody was ready",
        Some("cap") => "the queue is full",
        Some("waiting") => "waits",
        Some("attempts") => "no attempt is left",
        Some(_) | None => "nobody",
    };
    ("nobody", why.to_owned())
}

fn whom(ring: &RingEntry, names: &BTreeMap<String, String>) -> String {
    match &ring.agent {
        Some(agent) => names.get(agent).unwrap_or(agent).clone(),
        None => ring.contact_uri.clone(),
    }
}

fn of_click(entry: &Logged, click: &ClickEntry, names: &BTreeMap<String, String>) -> Line {
    let agent = click.agent.as_ref();
    let agent = agent.map(|agent| names.get(agent).unwrap_or(agent).clone());
    let who = agent.or_else(|| click.queue.clone()).unwrap_or_default();
    let (kind, outcome) = match click.outcome.as_str() {
        "started" => ("click", format!("{who} calls")),
        _ => ("nobody", format!("no call for {who}")),
    };
    Line {
        id: entry.id.to_string(),
        call: click
            .call_at_exotel
            .clone()
            .unwrap_or_else(|| click.call.clone()),
        clock: clock(&click.at),
        kind,
        outcome,
        caller: click.to.clone(),
        detail: match &click.why {
            Some(why) => format!("click · {}", why.replace('-', " ")),
            None => "click".to_owned(),
        },
    }
}

/// The time of day of an RFC 3339 time.
fn clock(at: &str) -> String {
    let time = at.split('T').nth(1).unwrap_or_default();
    time.chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::LogId;

    fn html(text: &str) -> Option<String> {
        let names = BTreeMap::from([("asha".to_owned(), "Asha <b>".to_owned())]);
        let entry = Logged {
            id: LogId::new(1, 2),
            text: text.to_owned(),
        };
        item(&entry, &names).map(|item| item.html.to_string())
    }

    #[test]
    fn a_decision_says_whom_it_rings_and_what_is_no_markup_is_none() {
        let entry = r#"{"kind":"decision","at":"2026-11-23T10:59:07.123+05:30","call":"one\"","caller":"+9198xxxxx678",
            "rule":"to <sales>","outcome":"offered","rings":[{"agent":"asha","contact_uri":"sip:asha"}],"attempt":2,"waited_ms":65000}"#;
        let html = html(entry).unwrap();
        for part in ["10:59:07", "+9198xxxxx678", "attempt 2", "after 1m5s"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("<b>") && !html.contains("<sales>"), "{html}");
        assert!(!html.contains("one\""), "{html}");
    }

    #[test]
    fn every_reason_for_nobody_has_words() {
        for (why, words) in [
            (r#""nobody_ready""#, "nobody was ready"),
            (r#""cap""#, "the queue is full"),
            ("null", "nobody"),
        ] {
            let entry = format!(r#"{{"kind":"decision","outcome":"nobody","why":{why}}}"#);
            assert!(html(&entry).unwrap().contains(words));
        }
        let fallback = r#"{"kind":"decision","outcome":"fallback-store-failed"}"#;
        assert!(
            html(fallback)
                .unwrap()
                .contains("the fallback: store failed")
        );
        assert_eq!(html(r#"{"kind":"replay"}"#), None);
        assert_eq!(html("what"), None);
    }
}
