//! What `fairness: oldest_first` is worth: a day at a desk that is always busy, simulated with and without it.
//!
//! Ten agents, calls that come at random, and callers who hear hold music for six to ten seconds and ask again until they
//! are served or have had enough. The store is the embedded one, on a clock that the simulation moves.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use ringmaster::clock::{Clock, Timestamp};
use ringmaster::presence::{AgentState, LegEvent, News, Offer, OfferTarget, QueueTerms, Report};
use ringmaster::telephony::CallSid;

use crate::store::world::*;

const AGENTS: usize = 10;
const SEEDS: [u64; 3] = [1, 2, 3];
const LASTING: Duration = Duration::from_hours(10);
/// On average; with it the agents could just do all the work if it came evenly.
const BETWEEN_CALLS_MS: f64 = 18_000.0;
const TALK_MS: f64 = 180_000.0;
const PATIENCE_MS: f64 = 240_000.0;
/// Whoever has been ready for so long is kept from nobody.
const HOLD: Duration = Duration::from_secs(5);

/// Numbers that look random, the same for a seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    /// From 0 to 1.
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// Exponentially distributed, as the time until something that may happen at any moment.
    fn after(&mut self, mean_ms: f64) -> u64 {
        millis(-mean_ms * (1.0 - self.fraction()).max(1e-9).ln())
    }

    fn between(&mut self, least: f64, most: f64) -> u64 {
        millis(least + (most - least) * self.fraction())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of a day, and none is negative"
)]
fn millis(time: f64) -> u64 {
    time as u64
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The conversation of the call with the agent ends.
    End(usize, usize),
    Asks(usize),
}

/// A caller.
#[derive(Debug)]
struct Caller {
    came: u64,
    gives_up: u64,
    /// How long the hold music of this caller's flow plays.
    music: u64,
    talk: u64,
    is_waiting: bool,
    /// How often a younger call was served while this one waited.
    overtaken: usize,
    waited: Option<u64>,
}

struct Simulation {
    world: World,
    target: OfferTarget,
    dice: Dice,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    callers: Vec<Caller>,
    /// When each agent was seen to become free.
    free_since: BTreeMap<String, Timestamp>,
    talked: u64,
}

/// What a day came to.
#[derive(Debug, Default)]
struct Outcome {
    waits: Vec<u64>,
    /// How many calls were overtaken by a younger one, how often that happened in all, and to one call at most.
    overtaken: usize,
    overtakings: usize,
    most_overtaken: usize,
    gave_up: usize,
    talked: u64,
}

impl Simulation {
    async fn new(seed: u64, is_fair: bool) -> Self {
        let world = World::memory();
        let staff: Vec<_> = (0..AGENTS).map(|n| agent(&format!("a{n}"))).collect();
        world.staff(&staff).await;
        let terms = QueueTerms {
            name: "sales".into(),
            max_calls: None,
            oldest_first: is_fair,
        };
        let free_since = staff.iter().map(|one| (one.id.to_string(), START));
        let mut simulation = Self {
            target: OfferTarget {
                terms: Some(Arc::new(terms)),
                ..sales()
            },
            free_since: free_since.collect(),
            world,
            dice: Dice(seed),
            events: BinaryHeap::new(),
            callers: Vec::new(),
            talked: 0,
        };
        simulation.open_the_doors();
        simulation
    }

    /// All callers of the day, the same with and without fairness.
    fn open_the_doors(&mut self) {
        let dice = &mut self.dice;
        let mut came = 1_000;
        while Duration::from_millis(came) < LASTING {
            self.callers.push(Caller {
                came,
                gives_up: came + 20_000 + dice.after(PATIENCE_MS),
                music: dice.between(6_000.0, 10_000.0),
                talk: dice.after(TALK_MS) + 5_000,
                is_waiting: false,
                overtaken: 0,
                waited: None,
            });
            self.events
                .push(Reverse((came, Event::Asks(self.callers.len() - 1))));
            came += dice.after(BETWEEN_CALLS_MS);
        }
    }

    async fn run(mut self) -> Outcome {
        while let Some(Reverse((at, event))) = self.events.pop() {
            let moment = START.plus(Duration::from_secs(1) + Duration::from_millis(at));
            self.world.clock.set(moment);
            match event {
                Event::End(agent, call) => self.ends(agent, call).await,
                Event::Asks(call) => self.asks(call, at).await,
            }
        }
        let served = self.callers.iter().filter_map(|caller| caller.waited);
        let mut waits: Vec<_> = served.collect();
        waits.sort_unstable();
        Outcome {
            gave_up: self.callers.len() - waits.len(),
            overtaken: self.callers.iter().filter(|one| one.overtaken > 0).count(),
            overtakings: self.callers.iter().map(|one| one.overtaken).sum(),
            most_overtaken: self.callers.iter().map(|one| one.overtaken).max().unwrap(),
            waits,
            talked: self.talked,
        }
    }

    async fn asks(&mut self, call: usize, at: u64) {
        let caller = &self.callers[call];
        if caller.gives_up <= at {
            self.callers[call].is_waiting = false;
            return;
        }
        let mut request = fetch(&format!("call-{call}"), vec![self.target.clone()]);
        request.heartbeat = None;
        request.dialling.conversation = LASTING;
        let offer = self.world.offer(&request).await;
        match offer.destinations.first() {
            None => {
                self.nobody_is_kept_for_long().await;
                self.callers[call].is_waiting = true;
                let again = at + self.callers[call].music + self.dice.between(0.0, 300.0);
                self.events.push(Reverse((again, Event::Asks(call))));
            }
            Some(_) => self.is_served(call, at, &offer).await,
        }
    }

    async fn is_served(&mut self, call: usize, at: u64, offer: &Offer) {
        let id = names(offer).remove(0);
        for older in self.callers[..call].iter_mut().filter(|one| one.is_waiting) {
            older.overtaken += 1;
        }
        let caller = &mut self.callers[call];
        (caller.is_waiting, caller.waited) = (false, Some(at - caller.came));
        self.talked += caller.talk;
        let end = at + caller.talk;
        let agent = id.trim_start_matches('a').parse().unwrap();
        for event in [LegEvent::Dial, LegEvent::Answered] {
            self.hear(agent, call, event).await;
        }
        self.free_since.remove(&id);
        self.events.push(Reverse((end, Event::End(agent, call))));
    }

    async fn ends(&mut self, agent: usize, call: usize) {
        self.hear(agent, call, LegEvent::Terminal).await;
        let now = self.world.clock.now();
        self.free_since.insert(format!("a{agent}"), now);
    }

    async fn hear(&self, agent: usize, call: usize, event: LegEvent) {
        let who = self.world.agent(&format!("a{agent}")).await.profile;
        let report = Report {
            account: self.world.account.clone(),
            call: CallSid::parse(&format!("call-{call}")).unwrap(),
            news: News::Leg {
                who: who.destinations[0].clone(),
                event,
                rang: None,
            },
            utc_offset_seconds: OFFSET,
        };
        assert!(self.world.store.report(&report).await.unwrap());
    }

    /// Somebody asked and got nobody: then nobody has been ready for five seconds.
    async fn nobody_is_kept_for_long(&self) {
        let now = self.world.clock.now();
        for (id, since) in &self.free_since {
            assert_eq!(self.world.agent(id).await.state, AgentState::Idle);
            assert!(
                now.since(*since) < HOLD,
                "{id} was passed over after {:?}",
                now.since(*since)
            );
        }
    }
}

impl Outcome {
    /// Several days as one.
    async fn of_days(is_fair: bool) -> Self {
        let mut all = Self::default();
        for seed in SEEDS {
            let day = Simulation::new(seed, is_fair).await.run().await;
            all.waits.extend(day.waits);
            all.overtaken += day.overtaken;
            all.overtakings += day.overtakings;
            all.most_overtaken = all.most_overtaken.max(day.most_overtaken);
            all.gave_up += day.gave_up;
            all.talked += day.talked;
        }
        all.waits.sort_unstable();
        all
    }

    fn row(&self, name: &str) -> String {
        let seconds = |millis: u64| u32::try_from(millis / 100).map(f64::from).unwrap() / 10.0;
        let count = self.waits.len();
        let mean = self.waits.iter().sum::<u64>() / u64::try_from(count).unwrap();
        let p95 = self.waits[count * 95 / 100];
        let staffed = LASTING * u32::try_from(AGENTS * SEEDS.len()).unwrap();
        let occupancy = Duration::from_millis(self.talked).as_secs() * 100 / staffed.as_secs();
        format!(
            "{name:8} {count:7} {:8} {:9} {:11} {:7} {:6.1} s {:6.1} s {:6.1} s {occupancy:9} %",
            self.gave_up,
            self.overtaken,
            self.overtakings,
            self.most_overtaken,
            seconds(mean),
            seconds(p95),
            seconds(*self.waits.last().unwrap()),
        )
    }
}

#[tokio::test]
async fn the_oldest_call_first_halves_at_least_how_often_calls_are_overtaken() {
    let without = Outcome::of_days(false).await;
    let with = Outcome::of_days(true).await;
    println!(
        "fairness  served  gave up overtaken overtakings at most     mean      p95  longest  occupancy"
    );
    println!("{}\n{}", without.row("off"), with.row("on"));
    assert!(without.overtaken > 100, "busy enough to show anything");
    assert!(with.overtakings * 2 <= without.overtakings);
    assert!(with.overtaken < without.overtaken);
    assert!(with.waits.last() < without.waits.last());
    assert!(
        with.waits.len() * 100 >= without.waits.len() * 97,
        "nobody's work is lost"
    );
}
