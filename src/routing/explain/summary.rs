//! The explanation in one sentence: what a supervisor wants to know first.

use std::collections::BTreeMap;

use super::document::{Explanation, Reason, RingsStep, TargetStep};
use super::words;
use crate::presence::Strategy;

pub(super) fn sentence(explanation: &Explanation) -> String {
    let Some(rule) = &explanation.rule else {
        return fallback(explanation, &explanation.rings);
    };
    let (nobody_word, at) = match explanation.attempt.number {
        1 => ("Nobody", String::new()),
        number => {
            let nth = words::ordinal(usize::from(number));
            ("nobody", format!("At the {nth} attempt "))
        }
    };
    match explanation.rings.as_slice() {
        [] => format!("{at}{nobody_word} rings: {}.", nobody(explanation, rule)),
        rings => {
            let who = who(rings, explanation.ring.at_once);
            let through = through(explanation, rings);
            format!("{at}{who}: rule \"{rule}\", {through}.")
        }
    }
}

/// An agent's name and id, or the number.
pub(super) fn label(rings: &RingsStep) -> String {
    match (&rings.agent, &rings.name) {
        (Some(id), Some(name)) => named(name, id.as_str()),
        (Some(id), None) => id.to_string(),
        (None, _) => rings.contact_uri.to_string(),
    }
}

/// A name and an id, once when they are the same.
pub(super) fn named(name: &str, id: &str) -> String {
    if name == id {
        id.to_owned()
    } else {
        format!("{name} ({id})")
    }
}

/// The order of a queue in words.
pub(super) fn order(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::LongestIdle => "longest idle first",
        Strategy::RoundRobin => "in turn",
        Strategy::FewestCalls => "fewest calls first",
        Strategy::LeastTalkTime => "least talk time first",
        Strategy::TopDown => "from the top down",
        Strategy::Random => "at random",
        Strategy::Weighted => "by weight",
    }
}

/// What counts of the agents who do not ring: `2 on break, 1 offline`.
pub(super) fn tally(reasons: impl Iterator<Item = Reason>) -> String {
    let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
    for reason in reasons {
        let count = counts.entry(reason).or_default();
        *count = count.saturating_add(1);
    }
    counted(&counts)
}

/// The counts in words.
pub(super) fn counted(counts: &BTreeMap<Reason, usize>) -> String {
    let said: Vec<_> = counts
        .iter()
        .map(|(reason, count)| format!("{count} {}", state(*reason)))
        .collect();
    said.join(", ")
}

fn state(reason: Reason) -> &'static str {
    match reason {
        Reason::Chosen | Reason::ChosenElsewhere => "chosen",
        Reason::Enough | Reason::Kept | Reason::TargetClosed | Reason::CallEnded => "ready",
        Reason::QueueFull => "ready, but the queue is full",
        Reason::HeldBack => "held back",
        Reason::Unclear => "ready as far as it is known",
        Reason::Tried => "already rung",
        Reason::Reserved => "reserved",
        Reason::Ringing => "ringing",
        Reason::InCall => "in a call",
        Reason::WrapUp => "in wrap-up",
        Reason::BackOff => "backed off",
        Reason::Stale | Reason::LeftOut => "stale",
        Reason::OnBreak => "on break",
        Reason::Offline => "offline",
        Reason::MissesSkill => "without the skill",
    }
}

fn who(rings: &[RingsStep], at_once: u8) -> String {
    let labels: Vec<_> = rings.iter().map(label).collect();
    let at_once = usize::from(at_once);
    match labels.as_slice() {
        [one] => format!("{one} rings"),
        several if at_once >= several.len() => {
            format!("{} ring together", words::list(several, "and"))
        }
        several if at_once > 1 => {
            format!("{} ring, {at_once} at a time", words::list(several, "and"))
        }
        several => format!("{} ring, one after the other", words::list(several, "then")),
    }
}

/// The targets through which they ring.
fn through(explanation: &Explanation, rings: &[RingsStep]) -> String {
    let mut numbers: Vec<_> = rings.iter().filter_map(|rings| rings.target).collect();
    numbers.dedup();
    let targets = numbers
        .iter()
        .filter_map(|number| explanation.targets.get(number.saturating_sub(1)));
    let said: Vec<_> = targets
        .map(|target| match (&target.queue, target.strategy) {
            (Some(queue), Some(strategy)) => format!("queue {queue}, {}", order(strategy)),
            (Some(queue), None) => format!("queue {queue}"),
            (None, _) if explanation.targets.len() == 1 => "fixed numbers".to_owned(),
            (None, _) => "fixed numbers, because nobody was found before".to_owned(),
        })
        .collect();
    said.join(", then ")
}

fn nobody(explanation: &Explanation, rule: &str) -> String {
    if let Some(ended) = &explanation.attempt.ended {
        return format!("rule \"{rule}\" takes the call, but {ended}");
    }
    if explanation.targets.is_empty() {
        return format!("rule \"{rule}\" rings nobody on purpose");
    }
    if let Some(sticky) = explanation.sticky.as_ref().filter(|sticky| sticky.alone) {
        return format!("rule \"{rule}\" takes the call, and {}", sticky.why);
    }
    let said: Vec<_> = explanation.targets.iter().map(unused).collect();
    format!("rule \"{rule}\" takes the call, but {}", said.join("; "))
}

/// Why nobody rings through a target.
fn unused(target: &TargetStep) -> String {
    let name = target.queue.as_ref().map_or_else(
        || "a target of numbers".to_owned(),
        |queue| format!("queue {queue}"),
    );
    if !target.open {
        return format!("{name} is not open yet");
    }
    let members = target
        .agents
        .iter()
        .map(|agent| agent.reason)
        .filter(|reason| *reason != Reason::MissesSkill);
    let tally = tally(members);
    if tally.is_empty() {
        format!("{name} has no agents")
    } else {
        format!("nobody of {name} can be rung ({tally})")
    }
}

fn fallback(explanation: &Explanation, rings: &[RingsStep]) -> String {
    if explanation.rules_version.is_none() {
        let account = &explanation.account;
        return format!("Nobody rings: the account {account} has no usable rules.");
    }
    let labels: Vec<_> = rings.iter().map(label).collect();
    match (explanation.answer.status, labels.as_slice()) {
        (200, []) => {
            "Nobody rings: no rule takes this call, and the fallback rings nobody.".to_owned()
        }
        (200, labels) => format!(
            "No rule takes this call, so the fallback rings {}.",
            words::list(labels, "then")
        ),
        (status, _) => format!(
            "No rule takes this call, so Exotel gets the status {status} and asks its own fallback URL."
        ),
    }
}
