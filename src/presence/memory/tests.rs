//! What only this store forgets in its own way.

use super::*;

#[test]
fn of_an_agent_removed_during_a_call_nothing_is_kept_once_the_lease_has_passed() {
    let (now, until) = (
        Timestamp::from_millis(1_000),
        Timestamp::from_millis(26_000),
    );
    let mut record = AgentRecord::new(now);
    record.reserve(&CallSid::parse("one").unwrap(), until, now, 0);
    record.depart(now);
    let mut state = AccountState::default();
    state.departed.insert(AgentId::parse("a").unwrap(), record);
    state.forget_old(Timestamp::from_millis(25_999));
    assert_eq!(state.departed.len(), 1);
    state.forget_old(until);
    assert_eq!(state.departed.len(), 0);
}
