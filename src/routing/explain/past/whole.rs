//! The whole call in one sentence.

use super::document::{AttemptTold, Became, EventTold};
use super::sentence::{label, spoke};
use crate::routing::explain::words;

/// So many answers are told of one by one.
const MOST_ANSWERS: usize = 8;

/// The whole call.
pub(super) fn of_call(attempts: &[AttemptTold], before: &[EventTold]) -> String {
    let Some(last) = attempts.last() else {
        let event = before.last().map(|event| event.words.as_str());
        return match event {
            Some(words) => format!("No answer to the applet: {words}."),
            None => "Nothing was answered to this call.".to_owned(),
        };
    };
    let is_fallback = |told: &&AttemptTold| told.outcome.starts_with("fallback-");
    let rang = |told: &&AttemptTold| !told.rings.is_empty();
    let tried = attempts.iter().filter(rang);
    let tried = tried.filter(|told| !is_fallback(told)).count();
    let call = match tried {
        0 if attempts.iter().all(|told| is_fallback(&told)) => {
            "A call of which nothing was decided".to_owned()
        }
        0 if attempts.iter().any(|told| rang(&told)) => "A call without an attempt".to_owned(),
        0 => "A call that rang nobody".to_owned(),
        1 => "A call of one attempt".to_owned(),
        count => format!("A call of {} attempts", words::number(count)),
    };
    let mut pieces = pieces(attempts);
    if pieces.len() > MOST_ANSWERS {
        let end = piece(last);
        pieces.truncate(MOST_ANSWERS.saturating_sub(1));
        pieces.extend(["and so on".to_owned(), format!("in the end {end}")]);
    }
    format!("{call}: {}.", pieces.join("; "))
}

/// What came of each answer; those in a row with nobody are one.
fn pieces(attempts: &[AttemptTold]) -> Vec<String> {
    let mut pieces = Vec::new();
    for run in attempts.chunk_by(|one, other| one.rings.is_empty() && other.rings.is_empty()) {
        match run {
            [first, _, ..] => {
                let (count, nobody) = (words::number(run.len()), piece(first));
                pieces.push(format!("{nobody}, {count} times in a row"));
            }
            run => pieces.extend(run.iter().map(piece)),
        }
    }
    pieces
}

fn piece(told: &AttemptTold) -> String {
    if told.rings.is_empty() {
        return match told.why.as_deref() {
            Some("rule") => "nobody was to be rung".to_owned(),
            Some("attempts") => "there were no further answers".to_owned(),
            Some("fallback") => "the fallback was given".to_owned(),
            _ => "nobody could be rung".to_owned(),
        };
    }
    let labels: Vec<_> = told.rings.iter().map(label).collect();
    let who = words::list(&labels, "and");
    let who = if told.outcome.starts_with("fallback-") {
        format!("the fallback, {who},")
    } else {
        who
    };
    let answered = told
        .rings
        .iter()
        .find(|ring| ring.became == Became::Answered);
    match (answered, told.rings.as_slice()) {
        (Some(ring), _) => format!("{} {}", label(ring), spoke(ring).replace(", and", " and")),
        (None, [one]) => match one.became {
            Became::NoAnswer => format!("{who} did not answer"),
            Became::Declined => format!("{who} was busy or declined"),
            Became::Failed => format!("{who} could not be reached"),
            Became::Cancelled => format!("the caller hung up while {who} was rung"),
            Became::Unknown
            | Became::Dialled
            | Became::Rang
            | Became::Ended
            | Became::MaybeAnswered
            | Became::AnsweredElsewhere
            | Became::Answered => format!("{who} was rung"),
        },
        (None, rings)
            if rings
                .iter()
                .any(|ring| ring.became == Became::MaybeAnswered) =>
        {
            format!("one of {who} answered")
        }
        (None, rings) if rings.iter().any(|ring| ring.became == Became::Cancelled) => {
            format!("the caller hung up while {who} were rung")
        }
        (None, rings) if rings.iter().any(|ring| ring.became >= Became::Ended) => {
            format!("none of {who} answered")
        }
        (None, _) => format!("{who} were rung"),
    }
}
