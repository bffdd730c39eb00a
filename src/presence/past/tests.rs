use super::*;
use crate::presence::agent::Status;
use crate::presence::store::View;
use crate::telephony::ContactUri;

const VIEW: View = View {
    heartbeat: Some(Duration::from_mins(1)),
    utc_offset_seconds: 0,
};

/// So many seconds into the test.
fn second(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000).plus(Duration::from_secs(seconds))
}

fn sid(call: &str) -> CallSid {
    CallSid::parse(call).unwrap()
}

/// Available since then, and beating until `beat`.
fn available(since: u64, beat: u64) -> AgentRecord {
    AgentRecord {
        status: Status::Available,
        status_since: second(since),
        idle_since: second(since),
        seen_at: second(beat),
        ..AgentRecord::new(second(since))
    }
}

fn reserved(call: &str, at: u64) -> AgentRecord {
    let mut record = available(0, at);
    record.reserve(
        &sid(call),
        second(at).plus(Duration::from_secs(25)),
        second(at),
        0,
    );
    record
}

fn agent(record: AgentRecord) -> Was {
    Was::Agent(Box::new(record))
}

fn change(at: u64, was: Was, cause: Cause) -> Change {
    let at = second(at);
    Change { at, was, cause }
}

/// The past from second 0 to 100 of an agent `a`.
fn past(changes: Vec<Change>, now: Was) -> Past {
    let profile = AgentProfile {
        id: AgentId::parse("a").unwrap(),
        name: "Anita".to_owned(),
        destinations: vec![ContactUri::from_canonical("sip:a").unwrap()],
        groups: [].into(),
        skills: [].into(),
        position: None,
        weight: 1,
    };
    let track = Track {
        profile,
        changes,
        now,
        whole_from: NONE,
    };
    Past::new(second(0), second(100), [track])
}

/// The agent's status and state, and whether the heartbeat had lapsed.
fn shown(snapshot: Option<Snapshot>) -> Vec<(Status, AgentState, bool)> {
    let agents = snapshot.unwrap().agents(VIEW);
    let shown = agents.iter();
    shown
        .map(|agent| (agent.status, agent.state, agent.stale))
        .collect()
}

fn unknown(past: &Past, moment: Timestamp) -> Vec<&str> {
    let unknown = past.unknown_at(moment);
    unknown.into_iter().map(AgentId::as_str).collect()
}

const IDLE: (Status, AgentState, bool) = (Status::Available, AgentState::Idle, false);
const RESERVED: (Status, AgentState, bool) = (Status::Available, AgentState::Reserved, false);
const STALE: (Status, AgentState, bool) = (Status::Available, AgentState::Idle, true);

#[test]
fn a_moment_shows_what_was_until_the_first_change_behind_it() {
    let made = change(1, Was::Nobody, Cause::Step);
    let offered = change(10, agent(available(1, 9)), Cause::Reservation);
    let past = past(vec![made, offered], agent(reserved("one", 10)));
    assert_eq!(shown(past.at(second(0))), []);
    assert_eq!(shown(past.at(second(1))), [IDLE]);
    assert_eq!(shown(past.at(second(9))), [IDLE]);
    assert_eq!(shown(past.at(second(10))), [RESERVED]);
    assert_eq!(shown(past.at(second(34))), [RESERVED]);
    assert_eq!(shown(past.at(second(35))), [IDLE], "the lease has passed");
    assert_eq!(unknown(&past, second(0)), [""; 0]);
}

#[test]
fn outside_of_its_span_it_says_nothing() {
    let past = past(Vec::new(), agent(available(0, 0)));
    let millisecond = Duration::from_millis(1);
    assert_eq!(past.at(past.from().minus(millisecond)), None);
    assert!(past.at(past.from()).is_some() && past.at(past.to()).is_some());
    assert_eq!(past.at(past.to().plus(millisecond)), None);
    assert_eq!(past.before(past.to().plus(millisecond), &sid("one")), None);
}

#[test]
fn a_heartbeat_behind_the_moment_says_that_the_agent_was_beating() {
    let past = past(
        vec![change(90, agent(available(0, 89)), Cause::Step)],
        agent(available(0, 89)),
    );
    assert_eq!(shown(past.at(second(40))), [IDLE]);
    let seen = past.at(second(40)).unwrap().agents(VIEW);
    assert_eq!(seen[0].seen_at, Some(second(40)));
}

#[test]
fn without_one_it_had_lapsed() {
    let past = past(Vec::new(), agent(available(0, 5)));
    assert_eq!(shown(past.at(second(65))), [IDLE]);
    assert_eq!(shown(past.at(second(66))), [STALE]);
}

#[test]
fn a_choice_found_agents_before_it_reserved_them_and_behind_what_it_freed() {
    let freed = change(10, agent(reserved("one", 2)), Cause::Step);
    let taken = change(10, agent(available(0, 9)), Cause::Reservation);
    let rung = change(10, agent(reserved("one", 10)), Cause::Step);
    let past = past(vec![freed, taken, rung], agent(reserved("one", 10)));
    assert_eq!(shown(past.before(second(10), &sid("one"))), [IDLE]);
    assert_eq!(shown(past.at(second(10))), [RESERVED]);
    assert_eq!(
        shown(past.before(second(10), &sid("two"))),
        [RESERVED],
        "the reservation is another call's"
    );
    assert_eq!(shown(past.before(second(9), &sid("one"))), [RESERVED]);
}

#[test]
fn a_choice_found_who_had_lapsed_before_it_left_them_out_of_searches() {
    let was = available(0, 2);
    let parked = AgentRecord {
        parked_until: second(80).plus(PARKED_FOR),
        ..was.clone()
    };
    let past = past(vec![change(80, agent(was), Cause::Parking)], agent(parked));
    let left_out = |snapshot: Option<Snapshot>| {
        let standings = snapshot.unwrap().standings(VIEW);
        assert!(standings[0].agent.stale);
        standings[0].left_out_until
    };
    assert_eq!(left_out(past.before(second(80), &sid("one"))), None);
    let until = second(80).plus(PARKED_FOR);
    assert_eq!(left_out(past.at(second(80))), Some(until));
    assert_eq!(left_out(past.before(second(81), &sid("one"))), Some(until));
}

#[test]
fn what_was_written_later_tells_nothing_of_a_moment_before() {
    let kept = change(50, agent(reserved("one", 30)), Cause::Step);
    let past = past(vec![kept], agent(available(50, 50)));
    assert_eq!(unknown(&past, second(29)), ["a"]);
    assert_eq!(shown(past.at(second(29))), []);
    assert_eq!(shown(past.at(second(30))), [RESERVED]);
    assert_eq!(unknown(&past, second(30)), [""; 0]);
}

#[test]
fn before_the_oldest_of_too_many_changes_nothing_is_known() {
    let mut past = past(
        vec![change(50, agent(available(0, 49)), Cause::Step)],
        agent(available(50, 50)),
    );
    for track in past.tracks.values_mut() {
        track.whole_from = second(50);
    }
    assert_eq!(unknown(&past, second(49)), ["a"]);
    assert_eq!(shown(past.at(second(50))), [IDLE]);
}

#[test]
fn what_nobody_knows_is_said_to_be_unknown() {
    let past = past(
        vec![change(50, Was::Unknown, Cause::Step)],
        agent(available(0, 50)),
    );
    assert_eq!(unknown(&past, second(49)), ["a"]);
    assert_eq!(unknown(&past, second(50)), [""; 0]);
}
