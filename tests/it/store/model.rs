//! Both stores driven by the same random operations, on the same clock, must answer the same, step by step; and after
//! every step no agent is in two unfinished offers.

use std::collections::BTreeSet;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::{Just, Strategy as PropStrategy, any, prop, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use ringmaster::clock::{Clock, ManualClock};
use ringmaster::presence::memory::{MemoryStore, Rehearsal};
use ringmaster::presence::redis::RedisStore;
use ringmaster::presence::{
    Agent, AgentProfile, AgentState, Customer, DialEnd, DialNews, DialOutcome, Erased, Handling,
    Heard, LegEvent, News, OfferReply, OfferRequest, OfferTarget, Presence, QueueTerms, Release,
    ReleaseOutcome, Report, Retention, Snapshot, Status, Sticky, Store, Strategy, Traffic, Whom,
};
use ringmaster::telephony::{AccountName, CallSid, ContactUri};
use tokio::runtime::Runtime;

use super::past::Diary;
use super::promises::Ledger;
use super::sticky::caller;
use super::world::*;
use crate::support::redis::RedisServer;

const AGENTS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const SKILLS: [&str; 2] = ["hindi", "tamil"];
/// The strategies that count the day, and let newcomers begin with those who are there.
const DAILY: [Strategy; 3] = [
    Strategy::FewestCalls,
    Strategy::LeastTalkTime,
    Strategy::Weighted,
];
const CASES: u32 = 1_500;
/// Few, so that reports often meet a call that is under way.
const CALLS: u8 = 5;
/// Of all that the requests and reports below can make: a ring, taken as answered, and the longest conversation, with a
/// margin each. Four rounds of ringing and each pause are shorter.
const LONGEST_LEASE: Duration = Duration::from_secs(20 + 5 + 100 + 5);

/// One step. Numbers index agents and calls.
#[derive(Clone, Debug)]
enum Step {
    Put(Vec<AgentProfile>),
    Remove(usize),
    /// By the person, or by somebody else of that name.
    Set(usize, Presence, Option<&'static str>),
    Beat(usize),
    /// Counts one against a quota of so many in 30 s; different instances may have been told differently.
    Take(u32),
    /// The caller with that number asks to be forgotten.
    Erase(u8),
    Release(usize, Release),
    Offer(Box<OfferRequest>),
    /// Of the call with that number.
    Report(u8, News),
    /// Of the call that holds the agent, if one does: of the agent's leg, or of its end.
    Hear(usize, News),
    Pass(u64),
}

fn profile() -> impl PropStrategy<Value = AgentProfile> {
    let skills =
        proptest::collection::btree_map(prop::sample::select(&SKILLS[..]), 1_u8..=5, 0..=2);
    let groups =
        proptest::collection::btree_set(prop::sample::select(&["sales", "support"][..]), 0..=2);
    (
        0..AGENTS.len(),
        skills,
        groups,
        prop::option::of(1_u16..4),
        1_u8..4,
    )
        .prop_map(|(index, skills, groups, position, weight)| {
            let mut profile = agent(AGENTS[index]);
            profile.groups = groups.into_iter().map(ToOwned::to_owned).collect();
            profile.skills = skills
                .into_iter()
                .map(|(skill, level)| (skill.to_owned(), level))
                .collect();
            (profile.position, profile.weight) = (position, weight);
            if weight == 2 {
                profile
                    .destinations
                    .extend(numbers_of(&format!("+9198123456{index}0")));
            }
            profile
        })
}

fn numbers_of(number: &str) -> Vec<ContactUri> {
    match numbers(&[number]).whom {
        Whom::Numbers(numbers) => numbers,
        Whom::Queue(_) | Whom::Agent(_) => Vec::new(),
    }
}

fn target() -> impl PropStrategy<Value = OfferTarget> {
    let groups = prop::sample::select(vec![
        vec![],
        vec!["sales"],
        vec!["support"],
        vec!["sales", "support"],
    ]);
    let skills = prop::sample::select(vec![
        vec![],
        vec![("hindi", 2)],
        vec![("hindi", 1), ("tamil", 3)],
    ]);
    let queues = (groups, skills, prop::sample::select(&Strategy::ALL[..]))
        .prop_map(|(groups, skills, strategy)| queue(&groups, &skills, strategy));
    // The same few queues again and again, for those who come back to them.
    let daily = prop::sample::select(&DAILY[..]).prop_map(|strategy| queue(&[], &[], strategy));
    let named = prop::sample::select(&AGENTS[..]).prop_map(|id| OfferTarget::agent(agent_id(id)));
    let at_once = prop_oneof![4 => queues, 3 => daily, 1 => named, 1 => Just(numbers(&["+911140001234", "+911140001235"]))];
    let opens = prop_oneof![4 => Just((0, 0)), 1 => (0_u8..3, 0_u64..60)];
    (at_once, opens, handling(), terms()).prop_map(
        |(target, (attempts, seconds), handling, terms)| OfferTarget {
            handling,
            terms: terms.filter(|_| matches!(target.whom, Whom::Queue(_))),
            ..later(target, attempts, seconds)
        },
    )
}

/// The names of queues: some that may have one call or two, some where the oldest call goes first.
const NAMES: [&str; 5] = ["one", "one-fair", "two-fair", "fair", "plain"];

fn most_calls(name: &str) -> Option<u16> {
    match name {
        "one" | "one-fair" => Some(1),
        "two-fair" => Some(2),
        _ => None,
    }
}

fn terms() -> impl PropStrategy<Value = Option<Arc<QueueTerms>>> {
    prop::option::weighted(0.8, prop::sample::select(&NAMES[..]).prop_map(terms_of))
}

fn terms_of(name: &str) -> Arc<QueueTerms> {
    Arc::new(QueueTerms {
        name: name.into(),
        max_calls: most_calls(name).and_then(NonZeroU16::new),
        oldest_first: name.ends_with("fair"),
    })
}

fn handling() -> impl PropStrategy<Value = Handling> {
    let pause = || prop_oneof![1 => Just(0_u64), 2 => 1_u64..60].prop_map(Duration::from_secs);
    (pause(), prop::option::of(1_u8..3), pause(), pause()).prop_map(
        |(wrap_up, most_missed, no_answer_delay, busy_delay)| Handling {
            wrap_up,
            most_missed: most_missed.map(one),
            no_answer_delay,
            busy_delay,
        },
    )
}

/// Somebody who may be rung: an agent's first or second destination, a fixed number, or a stranger.
fn anybody() -> impl PropStrategy<Value = ContactUri> {
    let uris = (0..AGENTS.len()).flat_map(|index| {
        let second = numbers_of(&format!("+9198123456{index}0"));
        agent(AGENTS[index]).destinations.into_iter().chain(second)
    });
    let uris = uris
        .chain(numbers_of("+911140001234"))
        .chain(numbers_of("+919000000000"));
    prop::sample::select(uris.collect::<Vec<_>>())
}

fn end() -> impl PropStrategy<Value = DialEnd> {
    let outcome = prop::sample::select(vec![
        DialOutcome::Answered,
        DialOutcome::NoAnswer,
        DialOutcome::Declined,
        DialOutcome::Failed,
        DialOutcome::Cancelled,
        DialOutcome::Unknown,
    ]);
    let talk = (anybody(), (0_u64..200).prop_map(Duration::from_secs));
    let talks = proptest::collection::vec(talk, 0..3);
    (outcome, prop::option::of(anybody()), talks).prop_map(|(outcome, who, talks)| DialEnd {
        outcome,
        who,
        talks,
    })
}

fn report() -> impl PropStrategy<Value = Step> {
    let event = prop::sample::select(vec![
        LegEvent::Dial,
        LegEvent::Ringing,
        LegEvent::Answered,
        LegEvent::Terminal,
    ]);
    let rang = prop::option::of((0_u64..30).prop_map(Duration::from_secs));
    let leg =
        (anybody(), event, rang).prop_map(|(who, event, rang)| News::Leg { who, event, rang });
    let news = prop_oneof![5 => leg, 1 => end().prop_map(News::End)].boxed();
    prop_oneof![
        1 => (0_u8..CALLS, news.clone()).prop_map(|(call, news)| Step::Report(call, news)),
        4 => (0..AGENTS.len(), news).prop_map(|(agent, news)| Step::Hear(agent, news)),
    ]
}

fn offer() -> impl PropStrategy<Value = Step> {
    let targets = proptest::collection::vec(target(), 0..4);
    let at_once = proptest::collection::vec(1_u8..=3, 0..3);
    let told = prop_oneof![
        7 => end().prop_map(DialNews::Ended),
        1 => Just(DialNews::GoesOn),
    ];
    let shape = (
        1_u8..=4,
        1_u8..=4,
        at_once,
        (any::<bool>(), prop::bool::weighted(0.3), told),
        (1_u32..2_147_483_646, customer()),
    );
    (0_u8..CALLS, 0_u8..4, 0_u8..3, targets, shape).prop_map(
        |(
            call,
            progress,
            digits,
            targets,
            (agents, attempts, at_once, (beats, reports, told), (seed, customer)),
        )| {
            let mut request = fetch(&format!("call-{call}"), targets)
                .agents(agents)
                .attempts(attempts)
                .at_once(&at_once)
                .reporting(&progress.to_string())
                .keyed(["", "1", "2"][usize::from(digits)])
                .template(&format!("template-{seed}"));
            request.dialling.reports_answers = reports;
            request.dialling.is_outbound = seed % 5 == 0 && !reports;
            request.dialling.conversation = Duration::from_secs(100);
            if request.told != DialNews::Nothing {
                request.told = told;
            }
            request.customer = customer;
            (request.seed, request.heartbeat) = (seed, beats.then_some(Duration::from_mins(1)));
            Step::Offer(Box::new(request))
        },
    )
}

/// Few callers, so that they call again; half of the rules ask who answered them last.
fn customer() -> impl PropStrategy<Value = Option<Customer>> {
    let minutes = |most: u64| (1..most).prop_map(Duration::from_mins);
    let wait = prop::option::of((1_u64..60).prop_map(Duration::from_secs));
    let sticky = (minutes(60), any::<bool>(), wait);
    let sticky = sticky.prop_map(|(lasts, exclusive, wait)| Sticky {
        lasts,
        exclusive,
        wait,
    });
    let customer = (0_u8..2, prop::option::of(sticky)).prop_map(|(number, sticky)| Customer {
        number: caller(number),
        bound_for: Duration::from_hours(1),
        sticky,
    });
    prop::option::weighted(0.7, customer)
}

fn presence() -> impl PropStrategy<Value = Presence> {
    let lasting = prop::option::of((1_u64..200).prop_map(Duration::from_secs));
    prop_oneof![
        4 => Just(Presence::Available),
        1 => Just(Presence::Offline),
        1 => lasting.prop_map(|lasting| Presence::OnBreak { reason: Some("tea".to_owned()), lasting }),
    ]
}

fn step() -> impl PropStrategy<Value = Step> {
    let any_agent = 0..AGENTS.len();
    let who = prop::sample::select(vec![Release::Own, Release::Any]);
    // From a millisecond to past midnight and past the life of a call's record.
    let pause = prop_oneof![
        3 => 0_u64..3_000,
        4 => 3_000_u64..40_000,
        2 => 40_000_u64..100_000,
        1 => 3_600_000_u64..100_000_000,
    ];
    prop_oneof![
        2 => proptest::collection::vec(profile(), 1..4).prop_map(Step::Put),
        1 => any_agent.clone().prop_map(Step::Remove),
        6 => (any_agent.clone(), presence(), prop::option::of(Just("anita")))
            .prop_map(|(agent, presence, by)| Step::Set(agent, presence, by)),
        4 => any_agent.clone().prop_map(Step::Beat),
        2 => (1_u32..4).prop_map(Step::Take),
        1 => (0_u8..2).prop_map(Step::Erase),
        1 => (any_agent, who).prop_map(|(agent, who)| Step::Release(agent, who)),
        14 => offer(),
        16 => report(),
        5 => pause.prop_map(Step::Pass),
    ]
}

/// Nobody is there, a call waits in a queue where the oldest goes first and asks again; then somebody comes, and a younger
/// call asks at about the time at which the older one is expected. One step after the other rarely comes to that.
fn rush() -> impl PropStrategy<Value = Vec<Step>> {
    let named = (
        prop::sample::select(&["fair", "one-fair", "two-fair"][..]),
        prop::sample::select(&Strategy::ALL[..]),
    );
    let pauses = (5_000_u64..12_000, 0_u64..14_000, 0_u64..2_000);
    (named, pauses, 0..AGENTS.len(), 10_u8..20, 20_u8..30).prop_map(
        |((name, strategy), (first, second, third), index, old, young)| {
            let away = Presence::OnBreak {
                reason: None,
                lasting: None,
            };
            let asks = |call: u8| {
                let target = OfferTarget {
                    terms: Some(terms_of(name)),
                    ..queue(&[], &[], strategy)
                };
                let mut request = fetch(&format!("call-{call}"), vec![target]);
                request.dialling.conversation = Duration::from_secs(100);
                Step::Offer(Box::new(request))
            };
            let everybody = 0..AGENTS.len();
            let mut steps: Vec<_> = everybody
                .map(|index| Step::Set(index, away.clone(), None))
                .collect();
            steps.extend([asks(old), Step::Pass(first), asks(old), Step::Pass(second)]);
            steps.push(Step::Release(index, Release::Any));
            steps.push(Step::Set(index, Presence::Available, None));
            steps.extend([Step::Pass(third), asks(young), Step::Pass(third), asks(old)]);
            steps
        },
    )
}

fn steps() -> impl PropStrategy<Value = Vec<Step>> {
    let some = prop_oneof![50 => step().prop_map(|step| vec![step]), 1 => rush()];
    proptest::collection::vec(some, 1..60).prop_map(|some| some.concat())
}

/// What an operation answered, in a form that can be compared.
#[derive(Debug, PartialEq)]
enum Answer {
    Offer(OfferReply),
    Released(ReleaseOutcome),
    Found(bool),
    Heard(Heard),
    Wait(Option<Duration>),
    Erased(Erased),
    Nothing,
}

async fn apply(store: &dyn Store, account: &AccountName, step: &Step) -> Answer {
    let id = |index: &usize| agent_id(AGENTS[*index]);
    match step {
        Step::Put(agents) => {
            store.put_agents(account, agents).await.unwrap();
            Answer::Nothing
        }
        Step::Remove(agent) => {
            Answer::Found(store.remove_agent(account, &id(agent)).await.unwrap())
        }
        Step::Set(agent, presence, by) => Answer::Found(
            store
                .set_presence(account, &id(agent), presence, *by, VIEW)
                .await
                .unwrap(),
        ),
        Step::Beat(agent) => {
            Answer::Found(store.heartbeat(account, &id(agent), VIEW).await.unwrap())
        }
        Step::Take(most) => Answer::Wait(store.take(account, quota(*most, 30)).await.unwrap()),
        Step::Erase(number) => Answer::Erased(store.erase(account, caller(*number)).await.unwrap()),
        Step::Release(agent, who) => {
            Answer::Released(store.release(account, &id(agent), *who).await.unwrap())
        }
        Step::Offer(request) => {
            let request = OfferRequest {
                account: account.clone(),
                ..(**request).clone()
            };
            store.prepare(account, &queues_of(&request)).await.unwrap();
            Answer::Offer(store.offer(&request).await.unwrap())
        }
        Step::Report(call, news) => {
            let report = Report {
                account: account.clone(),
                call: CallSid::parse(&format!("call-{call}")).unwrap(),
                news: news.clone(),
                utc_offset_seconds: OFFSET,
            };
            Answer::Heard(store.hear(&report).await.unwrap())
        }
        Step::Pass(_) | Step::Hear(..) => Answer::Nothing,
    }
}

/// What is heard of an agent, as a report of the call that holds them; of any when none does: it comes late.
fn resolved(step: &Step, before: &[Agent]) -> Step {
    let Step::Hear(index, news) = step else {
        return step.clone();
    };
    let id = agent_id(AGENTS[*index]);
    let agent = before.iter().find(|agent| agent.profile.id == id);
    let Some(agent) = agent else {
        return step.clone();
    };
    let late = || format!("call-{}", agent.missed_today % u32::from(CALLS));
    let call = agent.call.as_ref().map_or_else(late, ToString::to_string);
    let all = &agent.profile.destinations;
    let pick = match news {
        News::Leg { rang, .. } => rang.map_or(0, |rang| rang.as_secs()),
        News::End(_) => 0,
    };
    let who = all[usize::try_from(pick).unwrap() % all.len()].clone();
    let news = match news.clone() {
        News::Leg { event, rang, .. } => News::Leg { who, event, rang },
        News::End(end) => News::End(DialEnd {
            who: end.who.map(|_| who),
            ..end
        }),
    };
    let call = call.trim_start_matches("call-").parse().unwrap();
    Step::Report(call, news)
}

/// Judges an answer by what was seen before the step: nobody whom another call holds, nobody who is away.
fn judge(step: &Step, answer: &Answer, before: &[Agent]) {
    let (Step::Offer(request), Answer::Offer(OfferReply::Offer(offer))) = (step, answer) else {
        return;
    };
    if offer.replayed {
        return;
    }
    for id in offer.destinations.iter().filter_map(|to| to.agent.as_ref()) {
        let agent = before.iter().find(|agent| agent.profile.id == *id).unwrap();
        assert_eq!(agent.status, Status::Available, "{id} is away");
        let is_own = agent.call.as_ref() == Some(&request.call);
        let is_free = agent.state == AgentState::Idle || is_own;
        assert!(
            is_free,
            "offered to {} while {} holds {id}",
            request.call,
            agent.state.as_str()
        );
    }
}

/// No queue takes a call beyond those that it may have. A late report may: whoever talks, talks.
fn judge_caps(step: &Step, before: &Traffic, after: &Traffic) {
    let Step::Offer(request) = step else {
        return;
    };
    for (name, calls) in &after.queues {
        let earlier = &before.queues[name].holding;
        let is_new = calls.holding.contains(&request.call) && !earlier.contains(&request.call);
        if let Some(most) = most_calls(name).filter(|_| is_new) {
            assert!(
                calls.holding.len() <= usize::from(most),
                "{name} has {:?}",
                calls.holding
            );
        }
    }
}

/// A report changes only what its own call holds: nobody of another call, and nothing but counters of who is idle, unless
/// the call was over for them just now.
fn judge_report(step: &Step, before: &[Agent], after: &[Agent]) {
    let Step::Report(call, _) = step else {
        return;
    };
    let own = format!("call-{call}");
    for (before, after) in before.iter().zip(after) {
        let is_foreign = before
            .call
            .as_ref()
            .is_some_and(|call| call.as_str() != own);
        if is_foreign {
            assert_eq!(
                (before.state, before.until, &before.call),
                (after.state, after.until, &after.call)
            );
        }
    }
}

/// A world of two stores on one clock.
struct Pair {
    clock: Arc<ManualClock>,
    memory: MemoryStore,
    redis: RedisStore,
    account: AccountName,
    seen: Arc<Mutex<BTreeSet<String>>>,
    ledger: Ledger,
    diary: Diary,
}

impl Pair {
    fn new(
        clock: &Arc<ManualClock>,
        redis: &RedisStore,
        account: &str,
        seen: &Arc<Mutex<BTreeSet<String>>>,
    ) -> Self {
        Self {
            clock: Arc::clone(clock),
            memory: MemoryStore::new(Arc::clone(clock) as Arc<dyn Clock>),
            redis: redis.clone(),
            account: AccountName::parse(account).unwrap(),
            seen: Arc::clone(seen),
            ledger: Ledger::default(),
            diary: Diary::default(),
        }
    }

    async fn run(&mut self, steps: &[Step]) {
        let everybody = AGENTS.map(|id| AgentProfile {
            groups: ["sales", "support"].map(str::to_owned).into(),
            ..agent(id)
        });
        let begin = [Step::Put(everybody.into())].into_iter();
        let available = |index| Step::Set(index, Presence::Available, None);
        let begin: Vec<Step> = begin.chain((0..AGENTS.len()).map(available)).collect();
        for (number, step) in begin.iter().chain(steps).enumerate() {
            if let Step::Pass(millis) = step {
                self.clock.advance(Duration::from_millis(*millis));
            }
            let before = self.memory.agents(&self.account, VIEW).await.unwrap();
            let traffic = self.compare_traffic(number).await;
            let snapshot = self.memory.snapshot(&self.account).await.unwrap();
            let snapshot = snapshot.with_traffic(traffic.clone());
            let step = &resolved(step, &before);
            let expected = apply(&self.memory, &self.account, step).await;
            let actual = apply(&self.redis, &self.account, step).await;
            assert_eq!(actual, expected, "step {number}: {step:?}");
            judge(step, &actual, &before);
            self.follow(step, &actual, &before);
            self.note_whom_it_passed_over(step, &actual, &snapshot);
            let after = self.compare_agents(number, step).await;
            self.keep_diary(step, &actual, &snapshot).await;
            judge_report(step, &before, &after);
            self.compare_bindings(number, step).await;
            judge_caps(step, &traffic, &self.compare_traffic(number).await);
        }
        self.compare_past().await;
        self.everybody_is_ready_again().await;
        self.everybody_comes_back().await;
    }

    /// What was promised to calls holds for answers that are given again.
    fn follow(&mut self, step: &Step, answer: &Answer, before: &[Agent]) {
        let now = self.clock.now();
        match (step, answer) {
            (Step::Offer(request), Answer::Offer(OfferReply::Offer(offer))) if offer.replayed => {
                self.ledger.judge(request, offer, before, now);
                let goes_on = request.told == DialNews::GoesOn;
                let word = if goes_on { "overlapping" } else { "replayed" };
                self.seen.lock().unwrap().insert(word.to_owned());
            }
            (Step::Offer(request), Answer::Offer(OfferReply::Offer(offer))) => {
                self.ledger.promise(request, offer, now);
            }
            (Step::Report(call, news), _) => self.ledger.hear(&format!("call-{call}"), news),
            (Step::Release(agent, _), _) => self.ledger.release(&agent_id(AGENTS[*agent])),
            _ => {}
        }
    }

    async fn keep_diary(&mut self, step: &Step, answer: &Answer, before: &Snapshot) {
        let after = self.memory.snapshot(&self.account).await.unwrap();
        if matches!(step, Step::Pass(_)) {
            return self.diary.see(&after);
        }
        self.diary.note(&after);
        let (Step::Offer(request), Answer::Offer(OfferReply::Offer(offer))) = (step, answer) else {
            return;
        };
        if !offer.replayed {
            let found = offer.destinations.iter();
            let found = found.filter_map(|to| to.agent.clone()).collect();
            let standings = (offer.attempt == 1).then(|| before.standings(VIEW));
            let (at, call) = (self.clock.now(), &request.call);
            self.diary.choice(at, call, found, standings);
        }
    }

    /// Both tell what was as it was seen.
    async fn compare_past(&self) {
        let to = self.diary.end();
        // A run may be longer than the past is kept.
        let from = self.diary.begin().max(to.minus(Retention::USUAL.kept));
        for store in [&self.memory as &dyn Store, &self.redis] {
            let past = store.past(&self.account, from, to).await.unwrap();
            self.diary.compare(&past, from);
        }
        let words = ["a moment told", "a choice told", "a view told"];
        let counts = self.diary.counts();
        let met = words.iter().zip(counts).filter(|(_, count)| *count > 0);
        let met = met.map(|(word, _)| (*word).to_owned());
        self.seen.lock().unwrap().extend(met);
    }

    /// A first answer, played through on what was seen before it, passes over the same.
    fn note_whom_it_passed_over(&self, step: &Step, answer: &Answer, before: &Snapshot) {
        let (Step::Offer(request), Answer::Offer(reply)) = (step, answer) else {
            return;
        };
        // Of a call that waited already, the rehearsal does not know that it is the same.
        let mut waiting = before
            .traffic()
            .queues
            .values()
            .flat_map(|calls| &calls.longest);
        let (rehearsed, passed) = Rehearsal::of(before).offer(request);
        if rehearsed != *reply || waiting.any(|waiting| waiting.call == request.call) {
            return;
        }
        let words = [
            ("held back", !passed.held_back.is_empty()),
            (
                "a place kept",
                passed.full.values().any(|full| full.kept > 0),
            ),
        ];
        let words = words.into_iter().filter(|(_, is_so)| *is_so);
        let words = words.map(|(word, _)| word.to_owned());
        self.seen.lock().unwrap().extend(words);
    }

    async fn compare_bindings(&self, number: usize, step: &Step) {
        for last in 0..2 {
            let expected = self.memory.binding(&self.account, caller(last)).await;
            let actual = self.redis.binding(&self.account, caller(last)).await;
            let expected = expected.unwrap();
            assert_eq!(
                actual.unwrap(),
                expected,
                "binding after step {number}: {step:?}"
            );
            if expected.is_some() {
                self.seen.lock().unwrap().insert("bound".to_owned());
            }
        }
    }

    async fn compare_traffic(&self, number: usize) -> Traffic {
        let names = NAMES.map(Arc::from);
        let expected = self.memory.traffic(&self.account, &names).await.unwrap();
        let actual = self.redis.traffic(&self.account, &names).await.unwrap();
        assert_eq!(actual, expected, "traffic at step {number}");
        let mut seen = self.seen.lock().unwrap();
        for (name, calls) in &actual.queues {
            let is_full = most_calls(name) == u16::try_from(calls.holding.len()).ok();
            let words = [
                ("waiting", calls.waiting > 0),
                (
                    "waiting long",
                    calls.longest.iter().any(|call| call.interval.is_some()),
                ),
                ("full", is_full),
            ];
            let words = words.into_iter().filter(|(_, is_so)| *is_so);
            seen.extend(words.map(|(word, _)| word.to_owned()));
        }
        actual
    }

    async fn compare_agents(&self, number: usize, step: &Step) -> Vec<Agent> {
        let expected = self.memory.snapshot(&self.account).await.unwrap();
        let expected = expected.standings(VIEW);
        let actual = self.redis.snapshot(&self.account).await.unwrap();
        let actual = actual.standings(VIEW);
        assert_eq!(actual, expected, "agents after step {number}: {step:?}");
        let actual: Vec<_> = actual.into_iter().map(|standing| standing.agent).collect();
        for agent in &actual {
            assert_eq!(
                agent.state != AgentState::Idle,
                agent.until.is_some(),
                "every state but idle has an end"
            );
            assert!(
                agent.until.is_none_or(|until| until > agent.at),
                "a lease that has passed holds nobody"
            );
            let assumed = if agent.assumed { " assumed" } else { "" };
            let word = format!("{}{assumed}", agent.state.as_str());
            self.seen.lock().unwrap().insert(word);
            self.seen.lock().unwrap().extend(agent.reason.clone());
            let overrider = agent.status_set.clone().map(|set| set.by);
            self.seen.lock().unwrap().extend(overrider);
            let is_held = matches!(
                agent.state,
                AgentState::Reserved | AgentState::Ringing | AgentState::InCall
            );
            assert!(
                agent.call.is_some() || !is_held,
                "who is held is held by a call"
            );
            if is_held && agent.break_until > agent.until {
                self.seen
                    .lock()
                    .unwrap()
                    .insert("a break to follow".to_owned());
            }
        }
        actual
    }

    /// Without any further report, whoever is available and beats is ready as soon as the longest lease has passed.
    async fn everybody_is_ready_again(&self) {
        self.clock.advance(LONGEST_LEASE);
        for store in [&self.memory as &dyn Store, &self.redis] {
            for agent in store.agents(&self.account, VIEW).await.unwrap() {
                let id = &agent.profile.id;
                store.heartbeat(&self.account, id, VIEW).await.unwrap();
            }
            for agent in store.agents(&self.account, VIEW).await.unwrap() {
                assert_eq!(agent.state, AgentState::Idle, "{agent:?}");
                let is_available = agent.status == Status::Available;
                assert_eq!(agent.is_ready(), is_available, "{agent:?}");
            }
        }
    }

    /// Once all leases have passed, whoever is available and beats is ready, and can be found.
    async fn everybody_comes_back(&self) {
        self.clock.advance(Duration::from_hours(1));
        for store in [&self.memory as &dyn Store, &self.redis] {
            let mut expected = Vec::new();
            for agent in store.agents(&self.account, VIEW).await.unwrap() {
                store
                    .heartbeat(&self.account, &agent.profile.id, VIEW)
                    .await
                    .unwrap();
                if agent.status == Status::Available {
                    expected.push(agent.profile.id.to_string());
                }
            }
            let mut everybody =
                fetch("the-last", vec![queue(&[], &[], Strategy::TopDown)]).agents(10);
            everybody.account = self.account.clone();
            store
                .prepare(&self.account, &queues_of(&everybody))
                .await
                .unwrap();
            let OfferReply::Offer(offer) = store.offer(&everybody).await.unwrap() else {
                panic!("no offer")
            };
            let mut found = names(&offer);
            found.sort();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn what_was_is_told_by_both_as_far_as_it_is_kept() {
    let server = RedisServer::start();
    let runtime = Runtime::new().unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let redis = runtime.block_on(async { redis_store(&server, &clock) });
    let mut pair = Pair::new(&clock, &redis, "long", &Arc::default());
    // 72 hours and a tenth of a second.
    let passes = [37_880_579, 85_662_802, 63_062_127, 72_594_493].map(Step::Pass);
    runtime.block_on(pair.run(&passes));
}

#[test]
fn memory_and_redis_agree_on_random_operations() {
    let server = RedisServer::start();
    let runtime = Runtime::new().unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let redis = runtime.block_on(async { redis_store(&server, &clock) });
    let client = redis::Client::open(server.url()).unwrap();
    let connection = Mutex::new(client.get_connection().unwrap());
    let case = std::sync::atomic::AtomicU32::new(0);
    let cases = option_env!("RINGMASTER_MODEL_CASES")
        .and_then(|text| text.parse().ok())
        .unwrap_or(CASES);
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    });
    let outcome = runner.run(&steps(), |steps| {
        let number = case.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut pair = Pair::new(&clock, &redis, &format!("case-{number}"), &seen);
        runtime.block_on(pair.run(&steps));
        // An erasure looks through all keys, and what is left of the cases before is no part of this one.
        let () = redis::cmd("FLUSHDB")
            .query(&mut *connection.lock().unwrap())
            .unwrap();
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let all = [
        "a break to follow",
        "a choice told",
        "a moment told",
        "a place kept",
        "a view told",
        "anita",
        "back_off",
        "bound",
        "full",
        "held back",
        "idle",
        "in_call",
        "in_call assumed",
        "missed_calls",
        "overlapping",
        "replayed",
        "reserved",
        "ringing",
        "tea",
        "waiting",
        "waiting long",
        "wrap_up",
    ];
    assert_eq!(
        *seen.lock().unwrap(),
        all.map(str::to_owned).into(),
        "everything was met on the way"
    );
}
