//! From the words of the rules to those of the store and of the wire.
//!
//! Rules know no store and no wire; here each of their types finds its counterpart, once, when rules are loaded.

use std::collections::BTreeMap;
use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use super::plan::{RulePlan, Stickiness};
use crate::exotel::AnswerTemplate;
use crate::exotel::answer::WebUrl;
use crate::presence::{
    Dialling, Handling, OfferTarget, Opens, QueueDefinition, QueueTerms, Sticky,
    Strategy as StoreStrategy, Whom as StoreWhom,
};
use crate::rules::{
    AnswerSettings, Branch, Events, Fairness, Fallback, Queue, QueueName, Ring, Rule, RuleBook,
    Strategy, Target, Whom,
};

/// Exotel's own ringing time, where neither rule nor account says one.
const DEFAULT_RING: Duration = Duration::from_secs(30);

/// How long an agent is left alone whose phone was busy, where nothing is said.
const DEFAULT_BUSY_DELAY: Duration = Duration::from_secs(30);

/// Exotel's own longest conversation, where neither rule nor account says one.
const DEFAULT_CONVERSATION: Duration = Duration::from_mins(15);

/// What the rules of an account need to know of the service around them.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Where Exotel reports events of this account; `None` when the service does not know its own address.
    pub event_url: Option<WebUrl>,
    /// Time for the network around each round of ringing.
    pub margin: Duration,
}

/// The queues of the rules, as the store sees them.
pub(super) fn queues(rules: &RuleBook) -> BTreeMap<QueueName, Arc<QueueDefinition>> {
    let compile = |queue: &crate::rules::Queue| {
        let crate::rules::QueueDefinition { groups, skills } = queue.definition.clone();
        Arc::new(QueueDefinition::new(
            groups,
            skills,
            strategy(queue.strategy),
        ))
    };
    rules
        .queues()
        .iter()
        .map(|(name, queue)| (name.clone(), compile(queue)))
        .collect()
}

/// The plans of one rule, one for each side of its split. `bound_for` is how long the account remembers who answered.
pub(super) fn rule(
    rule: &Rule,
    rules: &RuleBook,
    queues: &BTreeMap<QueueName, Arc<QueueDefinition>>,
    surroundings: &Surroundings,
    bound_for: Option<Duration>,
) -> Vec<RulePlan> {
    let stickiness = stickiness(rule, bound_for);
    let plan = |branch: &Branch| {
        let targets = branch
            .targets
            .iter()
            .filter_map(|target| offer(target, queues));
        RulePlan::new(
            Some(Arc::clone(&rule.name)),
            rules.version(),
            targets.collect(),
            dialling(&branch.ring, &branch.answer, surroundings.margin),
            template(&branch.answer, &branch.ring, surroundings),
        )
        .with_stickiness(stickiness)
    };
    rule.branches.iter().map(plan).collect()
}

/// Who answers a call is remembered as long as the rule asks that asks for most; `None` when none asks.
pub(super) fn bound_for(rules: &RuleBook) -> Option<Duration> {
    let asked = rules.rules().iter().filter_map(|rule| rule.sticky);
    asked.map(|sticky| sticky.lasts).max()
}

fn stickiness(rule: &Rule, bound_for: Option<Duration>) -> Option<Stickiness> {
    let sticky = |sticky: crate::rules::Sticky| Sticky {
        lasts: sticky.lasts,
        exclusive: sticky.exclusive,
        wait: sticky.wait,
    };
    Some(Stickiness {
        bound_for: bound_for?,
        sticky: rule.sticky.map(sticky),
    })
}

fn offer(
    target: &Target,
    queues: &BTreeMap<QueueName, Arc<QueueDefinition>>,
) -> Option<OfferTarget> {
    let whom = match &target.whom {
        Whom::Numbers(numbers) => StoreWhom::Numbers(numbers.clone()),
        Whom::Queue(queue) => StoreWhom::Queue(queues.get(&queue.name)?.clone()),
    };
    let opens = Opens {
        attempts: target.after.attempts,
        waiting: target.after.waiting,
    };
    Some(OfferTarget {
        whom,
        opens,
        handling: handling(&target.handling),
        terms: terms(&target.whom),
    })
}

/// A queue by itself, open from the beginning and treated as the queue says. What holds for calls that come in together, and
/// that one waits, does not concern it.
pub(super) fn target_of_queue(
    rules: &RuleBook,
    definition: &Arc<QueueDefinition>,
    name: &QueueName,
) -> Option<OfferTarget> {
    let queue = rules.queues().get(name)?;
    Some(OfferTarget {
        handling: handling(&queue.handling),
        ..OfferTarget::queue(Arc::clone(definition))
    })
}

/// What holds for the calls of a queue together.
fn terms(whom: &Whom) -> Option<Arc<QueueTerms>> {
    match whom {
        Whom::Numbers(_) => None,
        Whom::Queue(queue) => Some(Arc::new(terms_of(queue))),
    }
}

pub(super) fn terms_of(queue: &Queue) -> QueueTerms {
    QueueTerms {
        name: Arc::from(queue.name.as_str()),
        max_calls: queue.max_calls,
        oldest_first: queue.fairness == Some(Fairness::OldestFirst),
    }
}

/// What becomes of an agent after a call, with what holds where nothing is said.
fn handling(said: &crate::rules::Handling) -> Handling {
    Handling {
        wrap_up: said.wrap_up.unwrap_or_default(),
        most_missed: said.most_missed,
        no_answer_delay: said.no_answer_delay.unwrap_or_default(),
        busy_delay: said.busy_delay.unwrap_or(DEFAULT_BUSY_DELAY),
    }
}

/// The fallback as a plan: so a call without a rule is remembered and replayed like any other.
pub(super) fn no_rule(rules: &RuleBook, surroundings: &Surroundings) -> RulePlan {
    let numbers = match rules.fallback() {
        Fallback::Numbers(numbers) => numbers.clone(),
        Fallback::HttpStatus(_) => Vec::new(),
    };
    let ring = Ring {
        agents: u8::try_from(numbers.len())
            .unwrap_or(u8::MAX)
            .clamp(1, Fallback::MAX_NUMBERS),
        ..Ring::default()
    };
    let template = template(rules.answer(), &ring, surroundings);
    let targets = Arc::from([OfferTarget::numbers(numbers)]);
    let plan = RulePlan::new(
        None,
        rules.version(),
        targets,
        dialling(&ring, rules.answer(), surroundings.margin),
        template,
    );
    match rules.fallback() {
        Fallback::Numbers(_) => plan,
        Fallback::HttpStatus(status) => plan.with_status(*status),
    }
}

/// Does any answer ask for events to be reported to us?
pub(super) fn wants_events(rules: &RuleBook) -> bool {
    let answers = rules
        .rules()
        .iter()
        .flat_map(|rule| &rule.branches)
        .map(|branch| &branch.answer)
        .chain([rules.answer()]);
    answers
        .into_iter()
        .any(|answer| matches!(answer.events, Some(Events::Ours { .. })))
}

fn strategy(strategy: Strategy) -> StoreStrategy {
    match strategy {
        Strategy::LongestIdle => StoreStrategy::LongestIdle,
        Strategy::RoundRobin => StoreStrategy::RoundRobin,
        Strategy::FewestCalls => StoreStrategy::FewestCalls,
        Strategy::LeastTalkTime => StoreStrategy::LeastTalkTime,
        Strategy::TopDown => StoreStrategy::TopDown,
        Strategy::Random => StoreStrategy::Random,
        Strategy::Weighted => StoreStrategy::Weighted,
    }
}

/// How Exotel will dial, as far as the lease of the agents depends on it.
fn dialling(ring: &Ring, answer: &AnswerSettings, margin: Duration) -> Dialling {
    let at_least_one = |number: u8| NonZeroU8::new(number).unwrap_or(NonZeroU8::MIN);
    Dialling {
        agents: at_least_one(ring.agents),
        at_once: ring
            .at_once
            .iter()
            .map(|together| at_least_one(*together))
            .collect(),
        ring: ring.seconds.map_or(DEFAULT_RING, |seconds| {
            Duration::from_secs(u64::from(seconds.get()))
        }),
        margin,
        conversation: answer
            .max_conversation_duration
            .map_or(DEFAULT_CONVERSATION, |seconds| {
                Duration::from_secs(u64::from(seconds.get()))
            }),
        reports_answers: matches!(answer.events, Some(Events::Ours { answered: true })),
        is_outbound: false,
        attempts: at_least_one(ring.attempts),
    }
}

/// Everything of the answer but whom to ring.
fn template(answer: &AnswerSettings, ring: &Ring, surroundings: &Surroundings) -> AnswerTemplate {
    AnswerTemplate {
        state_management: answer.state_management,
        outgoing_phone_number: answer.outgoing_phone_number,
        sticky_agent: answer.sticky_agent,
        recording: answer.recording,
        max_ringing_duration: ring.seconds,
        max_conversation_duration: answer.max_conversation_duration,
        music_on_hold: answer.music_on_hold.clone(),
        at_once: ring.at_once.clone(),
        call_event_passthru_url: answer
            .events
            .as_ref()
            .and_then(|events| event_url(events, surroundings)),
        start_call_playback: answer.start_call_playback.clone(),
        custom_params: answer.custom_params.clone(),
        trunk: None,
    }
}

fn event_url(events: &Events, surroundings: &Surroundings) -> Option<WebUrl> {
    match events {
        Events::Off => None,
        Events::Url(url) => Some(url.clone()),
        Events::Ours { .. } => surroundings.event_url.clone(),
    }
}
