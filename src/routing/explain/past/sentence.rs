//! An answer in one sentence: what a supervisor wants to know first.

use super::document::{AttemptTold, Became, RingTold, TargetTold};
use super::queues::Scene;
use crate::presence::{Agent, AgentState};
use crate::routing::explain::document::{AgentStep, Reason};
use crate::routing::explain::{summary, words};

/// So many agents of a queue are told of one by one; of more the others are counted.
const MOST_AGENTS: usize = 4;

/// The reason of a break that misses in a row lead to.
const MISSED_CALLS: &str = "missed_calls";

/// Why it rang whom, and what came of it.
pub(super) fn of_attempt(told: &AttemptTold, scene: &Scene<'_>) -> String {
    if scene.is_fallback() {
        return fallback(told);
    }
    begun(&decided(told, scene))
}

/// A sentence that begins with one of our words begins with a capital letter; the name of an agent stays as it is.
fn begun(sentence: &str) -> String {
    const OURS: [(&str, &str); 3] = [
        ("nobody is known", "Nobody is known"),
        ("what ", "What "),
        ("the fixed number ", "The fixed number "),
    ];
    let ours = OURS.iter().find_map(|(small, capital)| {
        let rest = sentence.strip_prefix(small)?;
        Some([capital, rest].concat())
    });
    ours.unwrap_or_else(|| sentence.to_owned())
}

fn decided(told: &AttemptTold, scene: &Scene<'_>) -> String {
    let mut clauses = passed_over(told, scene);
    if told.rings.is_empty() {
        let nobody = nobody(told);
        if clauses.is_empty() {
            return format!("Nobody was rung: {nobody}.");
        }
        clauses.push(match told.why.as_deref() {
            Some("nobody_ready") => "so nobody was rung".to_owned(),
            _ => format!("so nobody was rung ({nobody})"),
        });
        return format!("{}.", clauses.join("; "));
    }
    let (through, result) = (
        through(told, scene, clauses.is_empty()),
        result(&told.rings),
    );
    if clauses.is_empty() {
        return format!("{through}{result}.");
    }
    clauses.push(format!("so {through}{result}"));
    format!("{}.", clauses.join("; "))
}

/// Those who were not rung although they were looked for before whoever was.
fn passed_over(told: &AttemptTold, scene: &Scene<'_>) -> Vec<String> {
    let first = told.rings.iter().filter_map(|ring| ring.target).min();
    let mut clauses = Vec::new();
    for (number, target) in (1..).zip(&told.targets) {
        let is_before = first.is_none_or(|first| number < first);
        if target.open && (is_before || Some(number) == first) {
            clauses.extend(of_queue(target, scene, is_before));
        }
    }
    if told.rings.is_empty() || !clauses.is_empty() {
        let unknown = told.unknown.iter().take(MOST_AGENTS);
        clauses.extend(unknown.map(|id| format!("what {id} was is not known")));
    }
    clauses
}

/// Why the agents of a queue were not rung; of one that was used, only of those who were ready for another call.
fn of_queue(target: &TargetTold, scene: &Scene<'_>, is_before: bool) -> Vec<String> {
    let is_told = |step: &&AgentStep| match step.reason {
        Reason::Chosen | Reason::ChosenElsewhere | Reason::Enough | Reason::MissesSkill => false,
        Reason::Tried | Reason::HeldBack => true,
        Reason::Kept
        | Reason::TargetClosed
        | Reason::CallEnded
        | Reason::QueueFull
        | Reason::Unclear
        | Reason::Reserved
        | Reason::Ringing
        | Reason::InCall
        | Reason::WrapUp
        | Reason::BackOff
        | Reason::Stale
        | Reason::LeftOut
        | Reason::OnBreak
        | Reason::Offline => is_before,
    };
    let passed: Vec<_> = target.agents.iter().filter(is_told).collect();
    let is_many = passed.len() > MOST_AGENTS;
    let shown = if is_many {
        MOST_AGENTS.saturating_sub(1)
    } else {
        passed.len()
    };
    let one = |step: &&AgentStep| clause(step, scene.agent(&step.id), scene);
    let mut clauses: Vec<_> = passed.iter().take(shown).map(one).collect();
    if is_many {
        let others = passed.iter().skip(shown);
        let count = others.len();
        let tally = summary::tally(others.map(|step| step.reason));
        clauses.push(format!("nor were {count} others free ({tally})"));
    }
    if let (true, true, Some(queue)) = (is_before, target.agents.is_empty(), &target.queue) {
        clauses.push(format!("nobody is known to have been in queue {queue}"));
    }
    clauses
}

/// Why one agent was not rung.
fn clause(step: &AgentStep, agent: Option<&Agent>, scene: &Scene<'_>) -> String {
    let who = summary::named(&step.name, step.id.as_str());
    let left = agent.and_then(|agent| agent.until);
    let left = left.map(|until| words::more(until.since(scene.at)));
    let time = left.map_or_else(String::new, |left| format!(" for {left}"));
    let is = match step.reason {
        Reason::OnBreak => on_break(agent, scene),
        Reason::WrapUp => format!("was in wrap-up{time}"),
        Reason::BackOff => format!("was left alone{time} after a call that was not taken"),
        Reason::Reserved => "was reserved for another call".to_owned(),
        Reason::Ringing => "was being rung for another call".to_owned(),
        Reason::InCall => "was talking in another call".to_owned(),
        Reason::Stale | Reason::LeftOut => "had given no sign of life in time".to_owned(),
        Reason::Offline => "was offline".to_owned(),
        Reason::Tried => "had been rung already".to_owned(),
        Reason::Kept => {
            "was ready, but the caller waited for the agent of the last call".to_owned()
        }
        Reason::CallEnded => "was ready".to_owned(),
        Reason::QueueFull => {
            "was ready, but the queue had all the calls that it may have".to_owned()
        }
        Reason::HeldBack => "was ready, but held back for a call that had waited longer".to_owned(),
        Reason::Unclear => "was ready as far as it is known".to_owned(),
        Reason::MissesSkill => "lacked a skill".to_owned(),
        Reason::Chosen | Reason::ChosenElsewhere => "was rung".to_owned(),
        Reason::Enough | Reason::TargetClosed => "was ready, but not needed".to_owned(),
    };
    format!("{who} {is}")
}

fn on_break(agent: Option<&Agent>, scene: &Scene<'_>) -> String {
    let is_free = agent.is_some_and(|agent| agent.state == AgentState::Idle);
    let free = if is_free { "free but " } else { "" };
    let reason = agent.and_then(|agent| agent.reason.as_deref());
    let why = match (reason, agent) {
        (Some(MISSED_CALLS), Some(agent)) => match scene.most_missed(agent) {
            Some(1) => " after a missed call".to_owned(),
            Some(most) => format!(" after {} missed calls", words::number(usize::from(most))),
            None => " after missed calls".to_owned(),
        },
        (Some(reason), _) => format!(" ({reason})"),
        (None, _) => String::new(),
    };
    format!("was {free}on a break{why}")
}

/// Who was rung, and through what; with what the order went by, where nothing stands before it.
fn through(told: &AttemptTold, scene: &Scene<'_>, is_alone: bool) -> String {
    let labels: Vec<_> = told.rings.iter().map(label).collect();
    let verb = was(labels.len());
    let who = words::list(&labels, "and");
    let first = told.rings.first();
    let queue = first.and_then(|ring| ring.queue.as_deref());
    let target = first.and_then(|ring| ring.target);
    let place = target.and_then(|target| scene.place_among_queues(target));
    let Some(queue) = queue else {
        let fixed = if first.is_some_and(|ring| ring.agent.is_none()) {
            "the fixed number "
        } else {
            ""
        };
        return format!("{fixed}{who} {verb} rung");
    };
    if told.sticky == Some(true) {
        return match labels.as_slice() {
            [one] => format!("{one}, who had answered the caller's last call, was rung"),
            _ => format!("{who} {verb} rung (the first had answered the caller's last call)"),
        };
    }
    match place {
        Some(place) if place > 1 && !is_alone => {
            let place = words::ordinal(place);
            format!("the {place} queue, {queue}, was asked: {who} {verb} rung")
        }
        _ if is_alone => {
            let measure = measure(told, target).unwrap_or_default();
            format!("{who}{measure} {verb} rung through queue {queue}")
        }
        _ => format!("{who} {verb} rung"),
    }
}

fn was(count: usize) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// What the queue's order went by, of one who was rung alone.
fn measure(told: &AttemptTold, target: Option<usize>) -> Option<String> {
    let target = told.targets.get(target?.checked_sub(1)?)?;
    let step = target.agents.iter().find(|step| step.rings == Some(1))?;
    (told.rings.len() == 1).then(|| format!(" ({})", step.why))
}

pub(super) fn label(ring: &RingTold) -> String {
    match (&ring.name, &ring.agent) {
        (Some(name), Some(id)) => summary::named(name, id),
        (_, Some(id)) => id.clone(),
        (_, None) => ring.contact_uri.clone(),
    }
}

/// What came of those who were rung, to follow "was rung".
fn result(rings: &[RingTold]) -> String {
    let answered = rings.iter().find(|ring| ring.became == Became::Answered);
    match (answered, rings) {
        (Some(ring), [_]) => format!(" and {}", spoke(ring)),
        (Some(ring), _) => format!(", and {} {}", label(ring), spoke(ring)),
        (None, [one]) => alone(one.became).to_owned(),
        (None, _) => {
            if rings
                .iter()
                .any(|ring| ring.became == Became::MaybeAnswered)
            {
                return ", and one of them answered, but it was not said who".to_owned();
            }
            let is_over = rings.iter().any(|ring| ring.became >= Became::Ended);
            let has_left = rings.iter().any(|ring| ring.became == Became::Cancelled);
            let words = match (is_over, has_left) {
                (true, true) => ", until the caller hung up",
                (true, false) => ", and nobody answered",
                (false, _) => "; what came of it was not reported",
            };
            words.to_owned()
        }
    }
}

pub(super) fn spoke(ring: &RingTold) -> String {
    match ring.talked_s {
        Some(seconds) => {
            let talked = words::brief(std::time::Duration::from_secs(seconds));
            format!("answered, and talked for {talked}")
        }
        None => "answered".to_owned(),
    }
}

/// What came of the one who was rung.
fn alone(became: Became) -> &'static str {
    match became {
        Became::Unknown | Became::MaybeAnswered | Became::AnsweredElsewhere => {
            "; what came of it was not reported"
        }
        Became::Dialled => "; no more was reported than that Exotel dialled",
        Became::Rang => "; no more was reported than that the phone rang",
        Became::Ended => "; how it ended was not reported",
        Became::Cancelled => ", until the caller hung up",
        Became::NoAnswer => " and did not answer",
        Became::Declined => " and was busy or declined",
        Became::Failed => " and could not be reached",
        Became::Answered => " and answered",
    }
}

fn nobody(told: &AttemptTold) -> String {
    let rule = told.rule.as_deref().unwrap_or_default();
    let is_open = told.targets.iter().any(|target| target.open);
    match told.why.as_deref() {
        Some("rule") => format!("rule \"{rule}\" rings nobody on purpose"),
        Some("attempts") => "the call had had all its answers".to_owned(),
        Some("cap") => "a queue had all the calls that it may have".to_owned(),
        Some("waiting") if !is_open => format!("no target of rule \"{rule}\" was open yet"),
        Some("waiting") => "the call had to wait".to_owned(),
        _ => "nobody was ready".to_owned(),
    }
}

/// Why no decision was made, and what was answered in its place.
fn fallback(told: &AttemptTold) -> String {
    let why = match told.outcome.strip_prefix("fallback-").unwrap_or_default() {
        "no-rule" => "No rule took the call",
        "no-rules" => "The account had no usable rules",
        "no-call-sid" => "The request named no call",
        "deadline" | "unindexed" => "The store did not answer in time",
        "breaker-open" => "The store was known to fail and was not asked",
        "store-failed" => "The store failed",
        "rate-limited" => "The account sent more fetches than are decided for it",
        _ => "No decision could be made",
    };
    let labels: Vec<_> = told.rings.iter().map(label).collect();
    if labels.is_empty() {
        return format!("{why}, so the fallback was answered, which rings nobody.");
    }
    let who = words::list(&labels, "and");
    let (verb, result) = (was(labels.len()), result(&told.rings));
    format!("{why}, so the fallback was answered: {who} {verb} rung{result}.")
}
