//! What agents were: told of any moment as it was then, for as long as it is kept.

use std::collections::BTreeMap;
use std::time::Duration;

use ringmaster::clock::Timestamp;
use ringmaster::presence::{
    Agent, AgentState, LegEvent, Past, Presence, Release, Snapshot, Standing, Status, Strategy,
};
use ringmaster::telephony::{AgentId, CallSid};

use super::world::*;

const HOUR: Duration = Duration::from_hours(1);

/// What was seen while it happened, to be held against what is told of it later.
#[derive(Default)]
pub(crate) struct Diary {
    /// At the end of each millisecond.
    pages: BTreeMap<Timestamp, Vec<Standing>>,
    /// Whom each choice found.
    choices: BTreeMap<(Timestamp, CallSid), Vec<AgentId>>,
    /// All that a choice saw; of those that freed nobody, and made up all that happened in that millisecond.
    views: BTreeMap<(Timestamp, CallSid), Vec<Standing>>,
    latest_step: Option<Timestamp>,
    is_alone: bool,
}

impl Diary {
    /// This is what there is now.
    pub(crate) fn see(&mut self, seen: &Snapshot) {
        self.pages.insert(seen.at(), seen.standings(VIEW));
    }

    /// The same, and it is so by a step.
    pub(crate) fn note(&mut self, seen: &Snapshot) {
        let at = seen.at();
        self.views.retain(|(earlier, _), _| *earlier != at);
        self.is_alone = self.latest_step.replace(at) != Some(at);
        self.see(seen);
    }

    /// It was a choice for that call, the first one for a call if `before` is what it saw. Say so behind [`Diary::note`].
    pub(crate) fn choice(
        &mut self,
        at: Timestamp,
        call: &CallSid,
        found: Vec<AgentId>,
        before: Option<Vec<Standing>>,
    ) {
        self.choices.insert((at, call.clone()), found);
        if let Some(before) = before.filter(|_| self.is_alone) {
            self.views.insert((at, call.clone()), before);
        }
    }

    pub(crate) fn begin(&self) -> Timestamp {
        *self.pages.keys().next().unwrap()
    }

    pub(crate) fn end(&self) -> Timestamp {
        *self.pages.keys().next_back().unwrap()
    }

    /// Is that what happened since then?
    pub(crate) fn compare(&self, past: &Past, since: Timestamp) {
        let is_kept = |at: &Timestamp| *at >= since;
        for (at, expected) in self.pages.iter().filter(|(at, _)| is_kept(at)) {
            assert!(past.unknown_at(*at).is_empty(), "{at:?}");
            let told = past.at(*at).unwrap().standings(VIEW);
            same(&told, expected, *at);
        }
        let choices = self.choices.iter();
        for ((at, call), found) in choices.filter(|((at, _), _)| is_kept(at)) {
            let told = past.before(*at, call).unwrap().agents(VIEW);
            for id in found {
                let agent = told.iter().find(|agent| agent.profile.id == *id).unwrap();
                assert_eq!(agent.status, Status::Available, "{call} at {at:?}");
                assert_eq!(agent.state, AgentState::Idle, "{call} at {at:?}");
            }
        }
        let views = self.views.iter();
        for ((at, call), expected) in views.filter(|((at, _), _)| is_kept(at)) {
            let told = past.before(*at, call).unwrap().standings(VIEW);
            same(&told, expected, *at);
        }
    }

    /// How much of it there is.
    pub(crate) fn counts(&self) -> [usize; 3] {
        [self.pages.len(), self.choices.len(), self.views.len()]
    }
}

/// Equal but for profiles, which are as now, and for the last heartbeat, of which it is known whether it was young enough.
fn same(told: &[Standing], expected: &[Standing], at: Timestamp) {
    let plain = |standing: &Standing| {
        let mut standing = standing.clone();
        standing.agent.profile = agent(standing.agent.profile.id.as_str());
        standing.agent.seen_at = None;
        standing
    };
    let seen = |standing: &Standing| standing.agent.seen_at;
    let lines = |all: &[Standing]| all.iter().map(plain).collect::<Vec<_>>();
    assert_eq!(lines(told), lines(expected), "{at:?}");
    for (told, expected) in told.iter().map(seen).zip(expected.iter().map(seen)) {
        assert!(told >= expected && told.is_none_or(|told| told <= at));
    }
}

impl World {
    pub(super) async fn past(&self) -> Past {
        let (from, to) = (START.minus(HOUR * 1_000), START.plus(HOUR * 1_000));
        self.store.past(&self.account, from, to).await.unwrap()
    }

    pub(super) async fn remove(&self, id: &str) {
        let removed = self.store.remove_agent(&self.account, &agent_id(id)).await;
        assert!(removed.unwrap());
    }

    pub(super) fn now(&self) -> Timestamp {
        use ringmaster::clock::Clock;
        self.clock.now()
    }
}

pub(super) fn told(snapshot: Option<Snapshot>) -> Vec<Agent> {
    snapshot.unwrap().agents(VIEW)
}

/// Each agent's id and state.
pub(super) fn states(snapshot: Option<Snapshot>) -> Vec<String> {
    let agents = told(snapshot);
    let words = agents.iter().map(|agent| {
        let held = agent.call.as_ref().map_or("", CallSid::as_str);
        let text = format!("{} {} {held}", agent.profile.id, agent.state.as_str());
        text.trim_end().to_owned()
    });
    words.collect()
}

pub(super) fn unknown(past: &Past, at: Timestamp) -> Vec<String> {
    let unknown = past.unknown_at(at);
    unknown.into_iter().map(AgentId::to_string).collect()
}

behaviours! {
    async fn each_state_of_a_call_is_told_as_it_was(world: &World) {
        world.staff(&[agent("a")]).await;
        let free = world.now();
        world.pass(1);
        world.rings(&fetch("one", vec![sales()])).await;
        let offered = world.now();
        world.pass(2);
        assert!(world.event("one", "a", LegEvent::Ringing).await);
        world.pass(3);
        assert!(world.event("one", "a", LegEvent::Answered).await);
        let answered = world.now();
        world.pass(40);
        world.beat("a").await;
        assert!(world.event("one", "a", LegEvent::Terminal).await);
        world.pass(2_000);
        world.beat("a").await;
        let past = world.past().await;
        let at = |moment: Timestamp, seconds| states(past.at(moment.plus(Duration::from_secs(seconds))));
        assert_eq!(at(free, 0), ["a idle"]);
        assert_eq!(at(offered, 0), ["a reserved one"]);
        assert_eq!(at(offered, 1), ["a reserved one"]);
        assert_eq!(at(offered, 2), ["a ringing one"]);
        assert_eq!(at(answered, 0), ["a in_call one"]);
        assert_eq!(at(answered, 39), ["a in_call one"]);
        assert_eq!(at(answered, 40), ["a idle"]);
        let call = CallSid::parse("one").unwrap();
        assert_eq!(states(past.before(offered, &call)), ["a idle"]);
        assert_eq!(past.to(), world.now());
    }

    async fn a_break_that_has_ended_by_itself_is_told_with_its_reason(world: &World) {
        world.staff(&[agent("a")]).await;
        let lunch = Presence::OnBreak { reason: Some("lunch".to_owned()), lasting: Some(Duration::from_mins(1)) };
        world.set("a", lunch).await;
        let begun = world.now();
        world.pass(30);
        world.beat("a").await;
        world.pass(31);
        world.beat("a").await;
        world.pass(100);
        let past = world.past().await;
        let agent = told(past.at(begun.plus(Duration::from_secs(59)))).remove(0);
        assert_eq!((agent.status, agent.reason.as_deref()), (Status::OnBreak, Some("lunch")));
        let agent = told(past.at(begun.plus(Duration::from_mins(1)))).remove(0);
        assert_eq!((agent.status, agent.stale), (Status::Available, false));
        let agent = told(past.at(begun.plus(Duration::from_secs(122)))).remove(0);
        assert!(agent.stale, "the last heartbeat came at 61 s");
    }

    async fn a_heartbeat_that_had_lapsed_is_told_to_the_second(world: &World) {
        world.staff(&[agent("a")]).await;
        let begun = world.now();
        for _ in 0..10 {
            world.pass(30);
            world.beat("a").await;
        }
        world.pass(200);
        world.beat("a").await;
        world.pass(30);
        world.beat("a").await;
        let past = world.past().await;
        let is_stale = |seconds| told(past.at(begun.plus(Duration::from_secs(seconds)))).remove(0).stale;
        let stale = [0, 29, 30, 299, 359, 360, 361, 499, 500, 529].map(is_stale);
        assert_eq!(stale, [false, false, false, false, false, false, true, true, false, false]);
    }

    async fn a_removed_agent_is_told_of_with_the_profile_of_the_end(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.rings(&fetch("one", vec![sales()])).await;
        let there = world.now();
        world.pass(5);
        world.remove("a").await;
        let gone = world.now();
        world.pass(100);
        let mut past = world.past().await;
        assert_eq!(states(past.at(there)), ["a reserved one", "b idle"]);
        assert_eq!(told(past.at(there))[0].profile, agent("a"));
        assert_eq!(states(past.at(gone)), ["b idle"]);
        let mut anew = agent("a");
        "another".clone_into(&mut anew.name);
        world.staff(&[anew.clone()]).await;
        past = world.past().await;
        assert_eq!(states(past.at(there)), ["a reserved one", "b idle"]);
        assert_eq!(told(past.at(there))[0].profile, anew);
        assert_eq!(states(past.at(gone)), ["b idle"]);
        assert_eq!(states(past.at(world.now())), ["a idle", "b idle"]);
    }

    async fn who_is_removed_during_a_call_is_gone_until_made_anew(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("one", vec![sales()])).await;
        world.pass(1);
        world.remove("a").await;
        world.pass(1);
        assert!(world.event("one", "a", LegEvent::Answered).await);
        let gone = world.now();
        world.pass(1);
        world.store.put_agents(&world.account, &[agent("a")]).await.unwrap();
        let past = world.past().await;
        assert_eq!(states(past.at(gone)), [""; 0]);
        assert_eq!(states(past.at(world.now())), ["a in_call one"]);
    }

    async fn the_choice_of_a_later_attempt_found_free_whom_the_one_before_had_held(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let call = fetch("one", vec![sales()]).attempts(3);
        assert_eq!(world.rings(&call).await, ["a"]);
        world.pass(20);
        assert_eq!(world.rings(&call.clone().reporting("1")).await, ["b"]);
        let again = world.now();
        world.pass(1);
        let past = world.past().await;
        let sid = CallSid::parse("one").unwrap();
        assert_eq!(states(past.at(again.minus(Duration::from_millis(1)))), ["a reserved one", "b idle"]);
        assert_eq!(states(past.before(again, &sid)), ["a idle", "b idle"]);
        assert_eq!(states(past.at(again)), ["a idle", "b reserved one"]);
    }

    /// Another server takes over, whose clock is behind.
    async fn a_clock_that_has_gone_back_hides_only_what_happens_until_it_is_where_it_was(world: &World) {
        world.staff(&[agent("a")]).await;
        world.pass(10);
        world.set("a", Presence::Offline).await;
        let latest = world.now();
        world.clock.set(latest.minus(Duration::from_secs(5)));
        world.set("a", Presence::Available).await;
        world.rings(&fetch("one", vec![sales()])).await;
        world.pass(105);
        world.store.release(&world.account, &agent_id("a"), Release::Any).await.unwrap();
        let past = world.past().await;
        let status = |at| told(past.at(at)).remove(0).status;
        assert_eq!(status(latest.minus(Duration::from_millis(1))), Status::Available, "as it was before");
        assert_eq!(states(past.at(latest)), ["a reserved one"]);
        assert_eq!(states(past.at(latest.plus(Duration::from_secs(30)))), ["a idle"]);
    }

    async fn nothing_is_told_of_what_is_older_than_it_is_kept(world: &World) {
        world.staff(&[agent("a")]).await;
        let old = world.now();
        world.pass(1);
        world.set("a", Presence::Offline).await;
        world.pass(72 * 3_600);
        let mut past = world.past().await;
        assert_eq!((past.from(), past.at(old)), (old.plus(Duration::from_secs(1)), None));
        assert_eq!(told(past.at(past.from()))[0].status, Status::Offline);
        world.pass(3_600);
        past = world.past().await;
        assert_eq!(told(past.at(past.from()))[0].status, Status::Offline, "since before it is kept");
        assert_eq!(told(past.at(world.now()))[0].status, Status::Offline);
    }

    async fn a_span_is_told_alone(world: &World) {
        world.staff(&[agent("a")]).await;
        let mut moments = Vec::new();
        for number in 0..300 {
            let status = if number % 2 == 0 { Presence::Offline } else { Presence::Available };
            world.pass(10);
            world.set("a", status.clone()).await;
            moments.push((world.now(), status.status()));
        }
        let (from, to) = (moments[120].0, moments[130].0);
        let past = world.store.past(&world.account, from, to).await.unwrap();
        for (at, status) in &moments[120..=130] {
            assert_eq!(told(past.at(*at))[0].status, *status);
        }
        assert_eq!(past.at(moments[119].0), None);
        assert_eq!(past.at(moments[131].0), None);
        let all = world.past().await;
        for (at, status) in &moments {
            assert_eq!(told(all.at(*at))[0].status, *status);
        }
    }

    async fn where_newcomers_begin_is_told_of_a_day_that_is_over(world: &World) {
        let target = || queue(&["sales"], &[], Strategy::FewestCalls);
        world.staff(&[agent("a")]).await;
        for number in 0..3 {
            world.rings(&fetch(&format!("call-{number}"), vec![target()])).await;
            world.store.release(&world.account, &agent_id("a"), Release::Any).await.unwrap();
            world.pass(1);
        }
        world.staff(&[agent("b")]).await;
        let seen = world.store.snapshot(&world.account).await.unwrap();
        let mut diary = Diary::default();
        diary.see(&seen);
        assert!(!seen.standings(VIEW)[1].ahead.is_empty());
        world.pass(24 * 3_600);
        world.set("a", Presence::Available).await;
        world.set("b", Presence::Available).await;
        world.rings(&fetch("the-next-day", vec![target()])).await;
        world.pass(1);
        world.set("b", Presence::Offline).await;
        world.set("b", Presence::Available).await;
        diary.compare(&world.past().await, START);
    }
}
