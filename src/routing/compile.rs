//! From the words of the rules to those of the store and of the wire.
//!
//! Rules know no store and no wire; here each of their types finds its counterpart, once, when rules are loaded.

use std::collections::BTreeMap;
use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use super::plan::RulePlan;
use crate::exotel::answer::{
    self as wire, ConversationSeconds, CustomParameters, RingSeconds, Speech, WebUrl,
};
use crate::exotel::{AnswerTemplate, Dialect};
use crate::presence::{Dialling, OfferTarget, QueueDefinition, Strategy as StoreStrategy};
use crate::rules::{
    AnswerSettings, DefaultDialect, Events, Fallback, MusicOnHold, PlaybackSound, PlaybackTo,
    QueueName, Recording, RecordingChannels, Ring, Rule, RuleBook, Strategy, Target,
};

/// Exotel's own ringing time, where neither rule nor account says one.
const DEFAULT_RING: Duration = Duration::from_secs(30);
/// The most destinations of an answer.
const MAX_DESTINATIONS: u8 = 10;

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

/// The plan of one rule.
pub(super) fn rule(
    rule: &Rule,
    rules: &RuleBook,
    queues: &BTreeMap<QueueName, Arc<QueueDefinition>>,
    surroundings: &Surroundings,
) -> RulePlan {
    let targets = rule.targets.iter().filter_map(|target| match target {
        Target::Numbers(numbers) => Some(OfferTarget::Numbers(numbers.clone())),
        Target::Queue(queue) => queues.get(&queue.name).cloned().map(OfferTarget::Queue),
    });
    RulePlan::new(
        Some(Arc::clone(&rule.name)),
        rules.version(),
        targets.collect(),
        dialling(&rule.ring, surroundings.margin),
        template(&rule.answer, &rule.ring, surroundings),
    )
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
            .clamp(1, MAX_DESTINATIONS),
        ..Ring::default()
    };
    let template = template(rules.answer(), &ring, surroundings);
    let targets = Arc::from([OfferTarget::Numbers(numbers)]);
    RulePlan::new(
        None,
        rules.version(),
        targets,
        dialling(&ring, surroundings.margin),
        template,
    )
}

/// Does any answer ask for events to be reported to us?
pub(super) fn wants_events(rules: &RuleBook) -> bool {
    let answers = rules
        .rules()
        .iter()
        .map(|rule| &rule.answer)
        .chain([rules.answer()]);
    answers
        .into_iter()
        .any(|answer| matches!(answer.events, Some(Events::Ours { .. })))
}

/// The dialect of an account.
pub(super) fn dialect(default: DefaultDialect) -> Dialect {
    match default {
        DefaultDialect::Ccm => Dialect::Ccm,
        DefaultDialect::Generic => Dialect::Generic,
    }
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
fn dialling(ring: &Ring, margin: Duration) -> Dialling {
    let at_least_one = |number: u8| NonZeroU8::new(number).unwrap_or(NonZeroU8::MIN);
    Dialling {
        agents: at_least_one(ring.agents),
        at_once: ring
            .at_once
            .iter()
            .map(|together| at_least_one(*together))
            .collect(),
        ring: ring.seconds.map_or(DEFAULT_RING, |seconds| {
            Duration::from_secs(u64::from(seconds))
        }),
        margin,
        attempts: at_least_one(ring.attempts),
    }
}

/// Everything of the answer but whom to ring.
fn template(answer: &AnswerSettings, ring: &Ring, surroundings: &Surroundings) -> AnswerTemplate {
    AnswerTemplate {
        state_management: answer.state_management,
        outgoing_phone_number: answer.outgoing_phone_number,
        sticky_agent: answer.sticky_agent,
        recording: answer.recording.map(recording),
        max_ringing_duration: ring
            .seconds
            .map(|seconds| RingSeconds::clamped(u32::from(seconds))),
        max_conversation_duration: answer.max_conversation_duration.map(conversation),
        music_on_hold: answer.music_on_hold.as_ref().and_then(music_on_hold),
        at_once: ring.at_once.clone(),
        call_event_passthru_url: answer
            .events
            .as_ref()
            .and_then(|events| event_url(events, surroundings)),
        start_call_playback: answer.start_call_playback.as_ref().and_then(playback),
        custom_params: answer.custom_params.as_ref().and_then(custom_parameters),
        trunk: None,
    }
}

fn recording(recording: Recording) -> wire::Recording {
    let channels = match recording.channels {
        RecordingChannels::Single => wire::Channels::Single,
        RecordingChannels::Dual => wire::Channels::Dual,
    };
    wire::Recording {
        record: recording.record,
        channels,
    }
}

fn conversation(longest: Duration) -> ConversationSeconds {
    ConversationSeconds::clamped(u32::try_from(longest.as_secs()).unwrap_or(u32::MAX))
}

fn music_on_hold(music: &MusicOnHold) -> Option<wire::MusicOnHold> {
    Some(match music {
        MusicOnHold::DefaultTone => wire::MusicOnHold::DefaultTone,
        MusicOnHold::OperatorTone => wire::MusicOnHold::OperatorTone,
        MusicOnHold::Audio(url) => {
            wire::MusicOnHold::CustomTone(usable("music_on_hold", WebUrl::parse(url))?)
        }
    })
}

fn event_url(events: &Events, surroundings: &Surroundings) -> Option<WebUrl> {
    match events {
        Events::Off => None,
        Events::Url(url) => usable("events", WebUrl::parse(url)),
        Events::Ours { .. } => surroundings.event_url.clone(),
    }
}

fn playback(playback: &crate::rules::Playback) -> Option<wire::Playback> {
    let sound = match &playback.sound {
        PlaybackSound::Text(text) => {
            wire::Sound::Text(usable("start_call_playback", Speech::parse(text))?)
        }
        PlaybackSound::AudioUrl(url) => {
            wire::Sound::AudioUrl(usable("start_call_playback", WebUrl::parse(url))?)
        }
    };
    let to = playback.to.map(|to| match to {
        PlaybackTo::Callee => wire::PlaybackTo::Callee,
        PlaybackTo::Both => wire::PlaybackTo::Both,
    });
    Some(wire::Playback { sound, to })
}

fn custom_parameters(parameters: &BTreeMap<String, String>) -> Option<CustomParameters> {
    let pairs = parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    usable("custom_params", CustomParameters::new(pairs))
}

/// The reader of the rules has refused what Exotel would refuse. Should it ever let something through, the answer
/// goes out without it: a call matters more than its music.
fn usable<T, E: std::fmt::Display>(field: &'static str, value: Result<T, E>) -> Option<T> {
    value
        .inspect_err(|error| tracing::error!(field, %error, "answers go out without this field"))
        .ok()
}
