//! What was expected beside what came.

use serde_json::Value;

use super::Miss;
use super::dialling::Observed;
use crate::presence::Offered;
use crate::routing::{Outcome, Reply};
use crate::rules::{Expectation, ExpectedJson, Place, Rung, Written};

/// Every expectation that was not met, in the order of the language's table.
pub(super) fn misses(expect: &Expectation, observed: &Observed) -> Vec<Miss> {
    let mut misses: Vec<_> = [
        rule(expect, observed),
        rings(expect, observed),
        among(expect, observed),
        nobody(expect, observed),
        queue(expect, observed),
        fallback(expect, observed),
        side(expect, observed),
        attempt(expect, observed),
        last(expect, observed),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(answer) = &expect.answer {
        answer_misses(answer, observed, &mut misses);
    }
    misses.sort_by_key(|miss| miss.place);
    misses
}

fn miss(key: &str, place: Place, expected: impl Into<String>, got: impl Into<String>) -> Miss {
    Miss {
        key: key.to_owned(),
        place,
        expected: expected.into(),
        got: got.into(),
    }
}

/// A miss where what is written is not so.
fn unless<T>(
    written: Option<&Written<T>>,
    key: &str,
    is_so: impl FnOnce(&T) -> bool,
    tell: impl FnOnce(&T) -> (String, String),
) -> Option<Miss> {
    let written = written.filter(|written| !is_so(&written.value))?;
    let (expected, got) = tell(&written.value);
    Some(miss(key, written.place, expected, got))
}

fn rule(expect: &Expectation, observed: &Observed) -> Option<Miss> {
    let got = observed.decision.rule.as_ref();
    unless(
        expect.rule.as_ref(),
        "rule",
        |rule| Some(rule) == got,
        |rule| {
            let got = got.map_or_else(|| "no rule".to_owned(), |got| format!("\"{got}\""));
            (format!("\"{rule}\""), got)
        },
    )
}

fn rings(expect: &Expectation, observed: &Observed) -> Option<Miss> {
    let got = &observed.decision.destinations;
    let is_so = |rings: &Vec<Rung>| {
        rings.len() == got.len() && rings.iter().zip(got).all(|(rung, got)| is(rung, got))
    };
    unless(expect.rings.as_ref(), "rings", is_so, |rings| {
        (list(rings), list(&who(got)))
    })
}

fn among(expect: &Expectation, observed: &Observed) -> Option<Miss> {
    let got = &observed.decision.destinations;
    let is_so = |people: &Vec<Rung>| {
        let is_one = |got: &Offered| people.iter().any(|rung| is(rung, got));
        !got.is_empty() && got.iter().all(is_one)
    };
    unless(expect.among.as_ref(), "among", is_so, |people| {
        (format!("somebody among {}", list(people)), list(&who(got)))
    })
}

fn nobody(expect: &Expectation, observed: &Observed) -> Option<Miss> {
    let got = &observed.decision.destinations;
    let is_so = |nobody: &bool| *nobody == got.is_empty();
    unless(expect.nobody.as_ref(), "nobody", is_so, |nobody| {
        let expected = if *nobody { "nobody" } else { "somebody" };
        (expected.to_owned(), list(&who(got)))
    })
}

fn queue(expect: &Expectation, observed: &Observed) -> Option<Miss> {
    let got = &observed.queues;
    let written = expect.queue.as_ref();
    let is_so = |queues: &Vec<_>| {
        let is_one = |got: &Option<_>| got.as_ref().is_some_and(|got| queues.contains(got));
        !got.is_empty() && got.iter().all(is_one)
    };
    unless(written, "queue", is_so, |queues| {
        let people = observed.decision.destinations.iter().zip(got);
        let told = people.map(|(offered, queue)| {
            let from = queue.as_ref().map_or("no queue", |queue| queue.as_str());
            format!("{} from {from}", rung(offered))
        });
        let names = queues.iter().map(ToString::to_string);
        let expected = names.collect::<Vec<_>>().join(" or ");
        (
            format!("whoever rings comes from {expected}"),
            or_nobody(told),
        )
    })
}

fn fallback(expect: &Expectation, observed: &Observed) -> Option<Miss> {
    let is_fallback = matches!(observed.decision.outcome, Outcome::Fallback(_));
    let is_so = |wanted: &bool| *wanted == is_fallback;
    unless(expect.fallback.as_ref(), "fallback", is_so, |_| {
        let fallback = "the fallback, as no rule takes the call".to_owned();
        match &observed.decision.rule {
            Some(rule) => (fallback, format!("rule \"{rule}\"")),
            None => ("a rule".to_owned(), fallback),
        }
    })
}

fn side(expect: &Expectation, observed: &Observed) -> Option<Miss> {
    let got = observed.side;
    let is_so = |side: &u8| Some(usize::from(*side)) == got;
    unless(expect.side.as_ref(), "side", is_so, |side| {
        let got = got.map_or_else(|| "no rule".to_owned(), |side| side.to_string());
        (side.to_string(), got)
    })
}

fn attempt(expect: &Expectation, observed: &Observed) -> Option<Miss> {
    let got = observed.decision.attempt;
    let is_so = |attempt: &u8| *attempt == got;
    unless(expect.attempt.as_ref(), "attempt", is_so, |attempt| {
        (attempt.to_string(), got.to_string())
    })
}

fn last(expect: &Expectation, observed: &Observed) -> Option<Miss> {
    let is_so = |last: &bool| *last == observed.is_last();
    unless(expect.last.as_ref(), "last", is_so, |last| {
        let (expected, got) = if *last {
            ("Exotel not to ask again", "an answer after which it will")
        } else {
            ("Exotel to ask again", "an answer after which it won't")
        };
        (expected.to_owned(), got.to_owned())
    })
}

fn answer_misses(expected: &Written<ExpectedJson>, observed: &Observed, misses: &mut Vec<Miss>) {
    match (&observed.answer, &observed.decision.reply) {
        (Some(answer), _) => json_misses("answer", expected, Some(answer), misses),
        (None, Reply::Status(status)) => {
            let got = format!("HTTP status {status} and no answer");
            misses.push(miss("answer", expected.place, "an answer", got));
        }
        (None, Reply::Answer(text)) => {
            misses.push(miss("answer", expected.place, "an answer", text.as_str()));
        }
    }
}

/// Goes down both documents, and reports where they part.
fn json_misses(
    path: &str,
    expected: &Written<ExpectedJson>,
    got: Option<&Value>,
    misses: &mut Vec<Miss>,
) {
    let told = || match got {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let is_met = match (&expected.value, got) {
        (ExpectedJson::Absent, got) => got.is_none_or(Value::is_null),
        (ExpectedJson::Text(text), Some(Value::String(got))) => text == got,
        (ExpectedJson::Text(text), Some(Value::Bool(got))) => {
            text == if *got { "true" } else { "false" }
        }
        (ExpectedJson::Text(text), Some(Value::Number(got))) => {
            let got = got.to_string();
            *text == got
        }
        (ExpectedJson::List(items), Some(Value::Array(got))) if items.len() == got.len() => {
            for ((item, got), number) in items.iter().zip(got).zip(0_usize..) {
                json_misses(&format!("{path}[{number}]"), item, Some(got), misses);
            }
            true
        }
        (ExpectedJson::Mapping(entries), Some(Value::Object(got))) => {
            for (key, value) in entries {
                json_misses(&format!("{path}.{key}"), value, got.get(key), misses);
            }
            true
        }
        (ExpectedJson::Text(_) | ExpectedJson::List(_) | ExpectedJson::Mapping(_), _) => false,
    };
    if !is_met {
        misses.push(miss(path, expected.place, shown(&expected.value), told()));
    }
}

/// What was expected, as JSON would have it.
fn shown(expected: &ExpectedJson) -> String {
    match expected {
        ExpectedJson::Absent => "nothing".to_owned(),
        ExpectedJson::Text(text) => text.clone(),
        ExpectedJson::List(items) => {
            let items: Vec<_> = items.iter().map(|item| shown(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        ExpectedJson::Mapping(entries) => {
            let entry = |(key, value): &(String, Written<ExpectedJson>)| {
                format!("{key}: {}", shown(&value.value))
            };
            let entries: Vec<_> = entries.iter().map(entry).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

fn is(rung: &Rung, got: &Offered) -> bool {
    match rung {
        Rung::Agent(id) => got.agent.as_ref() == Some(id),
        Rung::Destination(uri) => got.uri == *uri,
    }
}

/// Who rings: agents by name, others by their destination.
fn who(destinations: &[Offered]) -> Vec<Rung> {
    destinations.iter().map(rung).collect()
}

fn rung(offered: &Offered) -> Rung {
    match &offered.agent {
        Some(id) => Rung::Agent(id.clone()),
        None => Rung::Destination(offered.uri.clone()),
    }
}

fn list(people: &[Rung]) -> String {
    or_nobody(people.iter().map(ToString::to_string))
}

fn or_nobody(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<_> = texts.collect();
    if texts.is_empty() {
        "nobody".to_owned()
    } else {
        texts.join(", ")
    }
}
