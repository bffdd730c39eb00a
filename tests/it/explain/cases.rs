//! Random rules, agents and events.

use std::fmt::Write as _;
use std::time::Duration;

use proptest::prelude::{Just, any, prop, prop_oneof};
use proptest::strategy::Strategy as PropStrategy;
use ringmaster::presence::{AgentProfile, Presence};

use crate::store::world::agent;

pub(crate) const AGENTS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const STRATEGIES: [&str; 7] = [
    "longest_idle",
    "round_robin",
    "fewest_calls",
    "least_talk_time",
    "top_down",
    "weighted",
    "random",
];

/// Rules, agents, what has happened so far, and a call.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) rules: String,
    pub(crate) agents: Vec<AgentProfile>,
    pub(crate) events: Vec<Event>,
    pub(crate) attempt: u8,
    /// The time between its attempts; `None`: they are played through, not made.
    pub(crate) gap: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    Set(usize, Presence),
    Call(u8),
    Pass(u64),
}

fn target() -> impl PropStrategy<Value = String> {
    let queue = (0..STRATEGIES.len(), 0..3_usize)
        .prop_map(|(strategy, members)| format!("queue: q{strategy}-{members}"));
    let numbers = Just("numbers: ['+911140001234', '+911140001235']".to_owned());
    let after = prop_oneof![
        3 => Just(String::new()),
        1 => (1_u8..3).prop_map(|attempts| format!(", after: {{ attempts: {attempts} }}")),
        1 => (1_u8..40).prop_map(|seconds| format!(", after: {{ waiting: {seconds}s }}")),
    ];
    (prop_oneof![5 => queue, 1 => numbers], after)
        .prop_map(|(whom, after)| format!("{{ {whom}{after} }}"))
}

fn rules() -> impl PropStrategy<Value = String> {
    let targets = proptest::collection::vec(target(), 0..4);
    let rule = (targets, 1_u8..4, 1_u8..4, 1_u8..4, any::<bool>());
    (proptest::collection::vec(rule, 1..4), any::<bool>()).prop_map(|(rules, beats)| {
        let mut text = "country: IN\ntime_zone: Asia/Kolkata\nfallback: { numbers: ['+911140001236'] }\n".to_owned();
        let heartbeat = if beats { "60s" } else { "0" };
        writeln!(text, "presence: {{ heartbeat: {heartbeat} }}\nqueues:").unwrap();
        for (number, strategy) in STRATEGIES.iter().enumerate() {
            for (member, agents) in ["groups: [sales]", "groups: [sales, support], skills: { hindi: 3 }", "skills: { hindi: 2 }"].iter().enumerate() {
                writeln!(text, "  q{number}-{member}: {{ agents: {{ {agents} }}, strategy: {strategy} }}").unwrap();
            }
        }
        writeln!(text, "rules:").unwrap();
        for (number, (targets, agents, at_once, attempts, needs_digits)) in rules.into_iter().enumerate() {
            let when = if needs_digits { format!("when: {{ digits: '{number}' }}, ") } else { String::new() };
            let at_once = at_once.min(agents);
            let targets = targets.join(", ");
            writeln!(text, "  - {{ name: rule {number}, {when}ring: {{ agents: {agents}, at_once: {at_once}, for: 20s, attempts: {attempts} }}, targets: [{targets}] }}").unwrap();
        }
        text
    })
}

/// In `sales`, in `support`, level of Hindi, position, weight.
type Traits = (bool, bool, Option<u8>, Option<u16>, u8);

fn profiles() -> impl PropStrategy<Value = Vec<AgentProfile>> {
    let hindi = prop::option::of(1_u8..6);
    let position = prop::option::of(1_u16..4);
    let traits = (any::<bool>(), any::<bool>(), hindi, position, 1_u8..4);
    proptest::collection::vec(traits, AGENTS.len())
        .prop_map(|agents| AGENTS.into_iter().zip(agents).map(profile).collect())
}

fn profile((id, (sales, support, hindi, position, weight)): (&str, Traits)) -> AgentProfile {
    let mut profile = agent(id);
    let groups = [("sales", sales), ("support", support)].into_iter();
    profile.groups = groups
        .filter(|(_, is_in)| *is_in)
        .map(|(group, _)| group.to_owned())
        .collect();
    let hindi = hindi.map(|level| ("hindi".to_owned(), level));
    profile.skills = hindi.into_iter().collect();
    (profile.position, profile.weight) = (position, weight);
    profile
}

fn event() -> impl PropStrategy<Value = Event> {
    let lasting = prop::option::of((1_u64..90).prop_map(Duration::from_secs));
    let presence = prop_oneof![
        6 => Just(Presence::Available),
        1 => Just(Presence::Offline),
        1 => lasting.prop_map(|lasting| Presence::OnBreak { reason: Some("tea".to_owned()), lasting }),
    ];
    prop_oneof![
        6 => (0..AGENTS.len(), presence).prop_map(|(agent, presence)| Event::Set(agent, presence)),
        2 => (0_u8..3).prop_map(Event::Call),
        3 => (1_u64..30_000).prop_map(Event::Pass),
    ]
}

pub(crate) fn case() -> impl PropStrategy<Value = Case> {
    let events = proptest::collection::vec(event(), 0..25);
    (
        rules(),
        profiles(),
        events,
        1_u8..5,
        prop::option::of(0_u64..30),
    )
        .prop_map(|(rules, agents, events, attempt, gap)| Case {
            rules,
            agents,
            events,
            attempt,
            gap,
        })
}
